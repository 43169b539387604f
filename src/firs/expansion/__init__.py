"""Collection expansion: captions and accepted queries represent or move images; can be undone."""

from firs.expansion.captions import Captions
from firs.expansion.expansion import ExpandedScores, Expansion, ExpansionMatch
from firs.expansion.moves import Moves

__all__ = ["Captions", "ExpandedScores", "Expansion", "ExpansionMatch", "Moves"]
