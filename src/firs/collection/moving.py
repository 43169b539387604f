"""Images that move towards the queries that they were accepted for."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.calibrating import Progress
from firs.collection.hot import ExpansionLimits, candidate_texts, nothing_to_add
from firs.collection.stores import Expansions, Moving
from firs.encoders.text import encode_in_parts
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.search import EmbeddingSearcher

FLOOR_TEXTS = 500
"""Number of everyday texts that estimate the floor of a move."""


def moving(
    kept: Expansions, space: "EmbeddingSearcher", limits: ExpansionLimits, progress: Progress | None
) -> "list[Moving]":
    """Return the images to move within the limits.

    Raises:
        InputError: there are none.
    """
    queries = _queries(kept, space, limits)
    if not queries:
        raise InputError(nothing_to_add(limits.source_kind, 0))
    asked = sorted({text for texts in queries.values() for text in texts})
    vectors = encode_in_parts(space.encoder, asked, progress)
    return list(_moves(queries, dict(zip(asked, vectors, strict=True)), space))


def _queries(
    kept: Expansions, space: "EmbeddingSearcher", limits: ExpansionLimits
) -> dict[int, list[str]]:
    """Return the accepted queries that each image was not moved towards yet, newest first."""
    led: dict[int, set[str]] = defaultdict(set)
    for image, text in kept.query_moves(space.name):
        led[image].add(text)
    queries: dict[int, list[str]] = defaultdict(list)
    for each in candidate_texts(kept, space, limits):
        if each.text not in led[each.image] and len(queries[each.image]) < limits.max_per_image:
            queries[each.image].append(each.text)
    return {image: texts for image, texts in queries.items() if texts}


def _moves(
    queries: dict[int, list[str]], known: "dict[str, Vectors]", space: "EmbeddingSearcher"
) -> "Iterator[Moving]":
    from firs.calibration.defaults import everyday
    from firs.expansion.moves import towards

    floor = encode_in_parts(space.encoder, everyday()[:FLOOR_TEXTS])
    texts = np.concatenate([floor, np.stack(list(known.values()))])
    for image, words in queries.items():
        move = towards(np.stack([known[each] for each in words]), space.text_mean, texts)
        if move is not None:
            yield image, words, move
