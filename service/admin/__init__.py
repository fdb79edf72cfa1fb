"""The pages for those who run the service: one file a panel, each gives what its template shows."""
