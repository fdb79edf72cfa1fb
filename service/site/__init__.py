"""The pages for people: one file a view. They call what the API calls, and work without scripts."""
