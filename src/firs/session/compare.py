"""Rounds side by side: what rose, fell, came and left; and the rounds as a TREC run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from firs.errors import InputError
from firs.session.round import Round

DEPTH = 1_000
"""Results of each round in a TREC run."""


@dataclass(frozen=True, slots=True)
class Change:
    """An image's rank in both rounds; None if it is left out."""

    id: int
    previous_rank: int | None
    new_rank: int | None

    @property
    def rise(self) -> int:
        """Number of ranks it rose; negative if it fell, 0 if it is left out of a round."""
        if self.previous_rank is None or self.new_rank is None:
            return 0
        return self.previous_rank - self.new_rank


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences between the first results of two rounds.

    Args:
        rose: in both, higher in the second; the greatest rise first.
        fell: in both, lower in the second; the deepest fall first.
        came: only in the second, by rank there.
        left: only in the first, by rank there.
    """

    rose: tuple[Change, ...]
    fell: tuple[Change, ...]
    came: tuple[Change, ...]
    left: tuple[Change, ...]


def compare_rounds(before: Round, after: Round, k: int) -> Comparison:
    """Compare the first ``k`` results of two rounds."""
    old, new = before.ids(0, k), after.ids(0, k)

    def changes(ids: Sequence[int]) -> list[Change]:
        ranks = zip(ids, before.ranks_of(ids), after.ranks_of(ids), strict=True)
        return [Change(*each) for each in ranks]

    old_set, new_set = set(old), set(new)
    both = changes([id_ for id_ in new if id_ in old_set])
    return Comparison(
        rose=tuple(sorted((each for each in both if each.rise > 0), key=lambda each: -each.rise)),
        fell=tuple(sorted((each for each in both if each.rise < 0), key=lambda each: each.rise)),
        came=tuple(changes([id_ for id_ in new if id_ not in old_set])),
        left=tuple(changes([id_ for id_ in old if id_ not in new_set])),
    )


def run_lines(session: str, rounds: Iterable[Round], tag: str) -> Iterator[str]:
    """Yield lines ``query Q0 image rank score tag``; each round is a query, ``SESSION.ROUND``.

    trec_eval, ir_measures and ranx read this format.

    Raises:
        InputError: the tag is empty or contains whitespace.
    """
    if not tag or tag.split() != [tag]:
        raise InputError(f"A run's tag is one word, not {tag!r}.")
    for each in rounds:
        scores = each.outcome.scores[each.places(0, DEPTH)].tolist()
        for rank, (id_, score) in enumerate(zip(each.ids(0, DEPTH), scores, strict=True), start=1):
            yield f"{session}.{each.number} Q0 {id_} {rank} {score:.9g} {tag}"
