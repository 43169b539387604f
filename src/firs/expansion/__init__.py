"""Expansion: captions and accepted queries stand for images, or move them; all can be undone."""

from firs.expansion.captions import Captions
from firs.expansion.expansion import ExpandedScores, Expansion, ExpansionMatch
from firs.expansion.moves import Moves

__all__ = ["Captions", "ExpandedScores", "Expansion", "ExpansionMatch", "Moves"]
