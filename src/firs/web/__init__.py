"""The HTTP API and the page, for ``firs serve``."""
