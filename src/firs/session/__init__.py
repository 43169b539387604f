"""Session: a query and its rounds, each one ranking shown and the marks given on it."""

from firs.session.compare import Change, Comparison
from firs.session.events import Marks
from firs.session.refinement import Refinement
from firs.session.round import MarkInfluence, Result, Round, TermInfluence
from firs.session.session import Session

__all__ = [
    "Change",
    "Comparison",
    "MarkInfluence",
    "Marks",
    "Refinement",
    "Result",
    "Round",
    "Session",
    "TermInfluence",
]
