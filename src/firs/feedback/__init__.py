"""Feedback: marks on what was shown → the next query."""
