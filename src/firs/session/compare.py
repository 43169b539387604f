"""Two rounds side by side: what rose, what fell, what came and what left."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from firs.errors import InputError
from firs.session.round import Round


@dataclass(frozen=True, slots=True)
class Change:
    """An image's rank in both rounds; None where it is left out."""

    id: int
    previous_rank: int | None
    new_rank: int | None

    @property
    def rise(self) -> int:
        """How many places it rose; negative if it fell; 0 where it is left out of one."""
        return (
            0
            if self.previous_rank is None or self.new_rank is None
            else self.previous_rank - self.new_rank
        )


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
    old, new = _first(before, k), _first(after, k)
    here, there = set(new), set(old)
    both = _changes(before, after, [id_ for id_ in new if id_ in there])
    return Comparison(
        rose=tuple(sorted((each for each in both if each.rise > 0), key=lambda each: -each.rise)),
        fell=tuple(sorted((each for each in both if each.rise < 0), key=lambda each: each.rise)),
        came=tuple(_changes(before, after, [id_ for id_ in new if id_ not in there])),
        left=tuple(_changes(before, after, [id_ for id_ in old if id_ not in here])),
    )


def _first(of: Round, k: int) -> list[int]:
    """The ids of the first ``k`` results; rounds of two branches may differ in their places."""
    ids: list[int] = of.context.images.table.ids[of.places(0, k)].tolist()
    return ids


def _changes(before: Round, after: Round, ids: Sequence[int]) -> list[Change]:
    return [
        Change(id_, old, new)
        for id_, old, new in zip(ids, before.ranks_of(ids), after.ranks_of(ids), strict=True)
    ]


DEPTH = 1_000


def run_lines(session: str, rounds: Iterable[Round], tag: str) -> Iterator[str]:
    """Lines ``query Q0 image rank score tag``, a query a round: ``SESSION.ROUND``.

    Raises:
        InputError: the tag is empty or has blanks in it.
    """
    if not tag or tag.split() != [tag]:
        raise InputError(f"A run's tag is one word, not {tag!r}.")
    for each in rounds:
        places = each.places(0, DEPTH)
        ids = each.context.images.table.ids[places].tolist()
        scores = each.outcome.scores[places].tolist()
        for rank, (id_, score) in enumerate(zip(ids, scores, strict=True), start=1):
            yield f"{session}.{each.number} Q0 {id_} {rank} {score:.9g} {tag}"
