"""Expansion: captions and accepted queries stand for images, or move them; all can be undone."""

from firs.expansion.captions import Captions
from firs.expansion.expansion import Applied, Expansion, Through
from firs.expansion.moves import Moves

__all__ = ["Applied", "Captions", "Expansion", "Moves", "Through"]
