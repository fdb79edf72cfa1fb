"""The HTTP service: a thin FastAPI application over `recsys`; start it with `recsys up` or `recsys serve`."""
