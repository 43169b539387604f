"""Semantic hashing: vectors → bits that are compared in their place."""
