"""Feeds: what is listed for a reader, and the formats it is written in."""
