"""A Ray cluster that reads and embeds, where one machine would take too long.

Ray is imported only when it is used, and only ``reader`` is public.
"""

from firs.cluster.reader import on_ray

__all__ = ["on_ray"]
