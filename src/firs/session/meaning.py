"""What the scores of one search mean, for those who search once and keep no session."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firs.query import Query, TextTerm
from firs.session.ground import build_search_context

if TYPE_CHECKING:
    from firs.collection import Collection


@dataclass(frozen=True, slots=True)
class Meaning:
    """How likely images are the one that was meant.

    Args:
        probabilities: an image's id → that it is the one that was meant, if it is here.
        is_weak: whether nothing matches well; None where it cannot be told.
    """

    probabilities: dict[int, float]
    is_weak: bool | None


def meaning_of(collection: "Collection", query: Query, *, expanded: bool = True) -> Meaning | None:
    """What the scores of a query mean; None but for one text in a calibrated collection.

    Args:
        collection: what is searched, with one encoder.
        query: that is asked.
        expanded: whether captions and accepted queries count (see ``Collection.search``).
    """
    if len(query.terms) > 1 or not isinstance(query.terms[0].what, TextTerm):
        return None
    with collection.open_searcher() as space:
        if space.hubness is None:
            return None
        if not expanded:
            space.expansion = None
        ground = build_search_context(query, space, collection.paths)
    if ground.calibration is None:
        return None
    table = ground.images.table
    chances = ground.calibration.probabilities(ground.query_scores, table.population).tolist()
    return Meaning(
        dict(zip(table.ids.tolist(), chances, strict=True)),
        ground.calibration.is_weak(ground.query_scores, ground.familiar, table.population),
    )
