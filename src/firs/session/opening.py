"""Build the search context of a stored session."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from firs.errors import EncoderMismatch
from firs.session.document import query_from_json, text_centre_from_json
from firs.session.ground import SearchContext, build_search_context

if TYPE_CHECKING:
    from firs.collection import Collection


def ground_of(
    collection: "Collection", document: Mapping[str, Any]
) -> tuple[SearchContext, list[str]]:
    """Return the current search context of a stored session, and warnings about changes.

    Raises:
        InputError: the document is no session, or the collection has no embeddings of its encoder.
        EncoderMismatch: the collection's embeddings now come from other weights.
    """
    query, text_centre = query_from_json(document), text_centre_from_json(document)
    encoder = str(document.get("encoder"))
    collection.require_vectors(encoder)
    with collection.open_searcher(encoder) as space:
        if space.fingerprint != document.get("fingerprint"):
            raise EncoderMismatch(
                f"The session was begun with other weights of {encoder!r}; its query means nothing "
                f"among these vectors. Begin a new one."
            )
        if text_centre is not None and text_centre.shape == (space.matrix.dim,):
            space.text_mean = text_centre
        if not document.get("hubness"):
            space.hubness = None
        if not document.get("expansion"):
            space.expansion = None
        ground = build_search_context(query, space, collection.paths, str(document.get("way")))
    return ground, _changes(ground, document)


def is_outdated(ground: SearchContext, collection: "Collection") -> bool:
    """Return whether embeddings of the collection have come or gone since a ground was made.

    Raises:
        InputError: the collection has no embeddings of its encoder any more.
    """
    with collection.open_searcher(ground.encoder) as space:
        return space.revision != ground.revision


def _changes(ground: SearchContext, document: Mapping[str, Any]) -> list[str]:
    then, now = document.get("images"), ground.images.table.count
    remarks = []
    if ground.revision != document.get("revision") or then != now:
        remarks.append(
            f"The collection has changed since this session was begun ({then} images then, {now} "
            f"now), so its rounds may come out differently."
        )
    if ground.hubness != document.get("hubness", ""):
        remarks.append(
            "The collection was calibrated anew since this session was begun, so its rounds may "
            "come out differently."
        )
    if document.get("expansion", "") != ground.expansion:
        remarks.append(
            "The collection was expanded otherwise since this session was begun, so its rounds "
            "may come out differently."
        )
    return remarks
