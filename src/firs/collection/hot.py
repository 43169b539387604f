"""Candidate texts of all images, or only of those accepted for several queries."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firs.collection.expansions import CAPTIONS, KINDS
from firs.collection.stores import Expansions
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.expansion.selection import Text
    from firs.search import EmbeddingSearcher


@dataclass(frozen=True, slots=True)
class ExpansionLimits:
    """Limits on what an expansion adds; see ``Collection.expand``.

    Raises:
        InputError: a limit is out of range.
    """

    source_kind: str
    max_per_image: int
    min_accepted: int
    near: float
    source: str | None

    def __post_init__(self) -> None:
        if self.source_kind not in KINDS:
            raise InputError(
                f"A collection is expanded by {', '.join(KINDS)}, not by {self.source_kind!r}."
            )
        if self.max_per_image < 1 or self.min_accepted < 0 or not 0 < self.near <= 1:
            raise InputError(
                f"most is 1 or more, hot 0 or more, near above 0 and up to 1, "
                f"not {self.max_per_image}, {self.min_accepted} and {self.near}."
            )


def candidate_texts(
    kept: Expansions, space: "EmbeddingSearcher", limits: ExpansionLimits
) -> "list[Text]":
    """Return texts of images with an embedding and enough accepted queries, by preference."""
    from firs.expansion.selection import Text

    accepted = kept.accepted_queries()
    if limits.source_kind == CAPTIONS:
        rows = kept.captions(limits.source)
    else:
        rows = [(image, text, "query") for image, text in accepted]
    heat = Counter(image for image, _ in accepted)
    known = set(space.filter_known([image for image, _, _ in rows]))
    return [Text(*row) for row in rows if row[0] in known and heat[row[0]] >= limits.min_accepted]


def nothing_to_add(by: str, seen: int) -> str:
    """Return why nothing was added and what to do; ``seen`` is the number of texts considered."""
    if seen:
        return (
            "There is nothing to add: all of it stands for its image already, says what another "
            "text of the image says, or says nothing of it to this encoder."
        )
    if by == CAPTIONS:
        return (
            "There are no captions to add, or none of images that are hot enough. Captions come "
            "with: firs index DIR --captions FILE"
        )
    return (
        "No image was accepted for a query that is not known yet. Turn the log on (firs log on), "
        "and mark what you find in sessions."
    )
