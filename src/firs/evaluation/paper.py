"""The figures that QT-FIRS's paper printed, as far as they are at hand."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

NOT_AT_HAND = "not at hand"
PREFIX = "paper"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One table of the paper: its subject, what is told of it, and its figures that are known."""

    number: int
    title: str
    told: str
    rows: Mapping[str, Mapping[str, float | str]]

    def lines(self, measures: Sequence[str]) -> list[tuple[str, ...]]:
        """Rows to stand below ours: a name, then a cell a measure.

        >>> paper_table(4).lines(["R@1", "R@5"])[0]
        ('paper: floats', '40.4', 'not at hand')
        """
        if not self.rows:
            return [(PREFIX, *[NOT_AT_HAND] * len(measures))]
        return [
            (f"{PREFIX}: {name}", *(str(cells.get(each, NOT_AT_HAND)) for each in measures))
            for name, cells in self.rows.items()
        ]


def paper_table(number: int) -> PaperTable:
    """One of the tables 1 to 5."""
    return PaperTable(number, **_file()[str(number)])


@cache
def _file() -> dict[str, Any]:
    text = (files("firs.evaluation") / "paper.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
