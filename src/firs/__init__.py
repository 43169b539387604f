"""QT-FIRS: a Flexible Interactive Retrieval System for images."""

__version__ = "0.1.0"
