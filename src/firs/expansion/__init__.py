"""Expansion: a collection that captions and queries add to."""
