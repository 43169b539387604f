"""The rounds of a session as a TREC run, which trec_eval, ir_measures and ranx read."""

from collections.abc import Iterable, Iterator

from firs.errors import InputError
from firs.session.round import Round

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
