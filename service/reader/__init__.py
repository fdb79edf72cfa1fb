"""The Google Reader API, as FreshRSS and others serve it, so that feed readers can log in to us."""
