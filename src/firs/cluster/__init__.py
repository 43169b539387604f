"""A Ray cluster that reads and embeds, where one machine would take too long.

Nothing here imports Ray before it is asked for, and nothing but ``reader`` is for others.
"""

from firs.cluster.reader import on_ray

__all__ = ["on_ray"]
