"""The commands of the library: one file each, registered in `pyproject.toml`."""
