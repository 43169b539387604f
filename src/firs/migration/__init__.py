"""A collection → the same one elsewhere: in a folder, or on a server."""

from firs.migration.migration import Report, migrate

__all__ = ["Report", "migrate"]
