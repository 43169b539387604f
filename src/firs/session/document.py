"""A session as JSON: its query with the embeddings, what was searched, and its events.

Vectors are the base64 of their float32 numbers, so that a session that is opened again or replayed
needs no encoder and finds the same results, to the last bit.
"""

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from firs.errors import EncoderMismatch, ImageError, InputError
from firs.imaging import decode
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.search.searcher import Vector
from firs.session.context import SearchContext, build_search_context
from firs.session.events import (
    Event,
    Refine,
    event_from_json,
    from_base64,
    parse_integer,
    parse_text,
    to_base64,
)
from firs.storage.encoders import DEFAULT

if TYPE_CHECKING:
    from firs.collection import Collection

FORMAT = "firs-session"
VERSION = 1

_EARLIER_NAMES = {"early": "early-fusion", "late": "late-fusion", "two-phase": "rerank"}
"""Query strategies as earlier versions named them."""

_THUMBNAIL = 256
"""Pixels of the longer side of an example image."""

_PARSE_ERRORS = (KeyError, TypeError, ValueError, OverflowError, ImageError)
"""Errors when something other than a session is parsed (``binascii.Error`` is a ``ValueError``)."""


def context_to_json(context: SearchContext) -> dict[str, Any]:
    """Return a session as JSON, without its id and events."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "strategy": context.strategy,
        "encoder": context.encoder,
        "fingerprint": context.fingerprint,
        "revision": context.revision,
        "images": context.images.table.count,
        "hubness": context.hubness,
        "expansion": context.expansion,
        "terms": [_term_to_json(term, context.encoder) for term in context.query.terms],
    }
    if context.text_centre is not None:
        document["text_centre"] = to_base64(context.text_centre)
    return document


def strategy_of(document: Mapping[str, Any]) -> str:
    """Return the query strategy of a session document.

    Documents that an earlier version wrote call the field ``way`` and use shorter names.
    """
    name = str(document.get("strategy", document.get("way")))
    return _EARLIER_NAMES.get(name, name)


def query_from_json(document: Mapping[str, Any]) -> Query:
    """Return the query of a session document, with its embeddings.

    Raises:
        InputError: it is not a session, or one of a newer QT-FIRS.
    """
    require_format(document)
    try:
        encoder = document["encoder"]
        return Query(tuple(_term_from_json(term, encoder) for term in document["terms"]))
    except _PARSE_ERRORS as error:
        raise InputError(f"The session's query cannot be read ({error}).") from error


def text_centre_from_json(document: Mapping[str, Any]) -> Vector | None:
    """Return the mean of all texts at the time of the query, if the document has it.

    Raises:
        InputError: it is not a vector.
    """
    if "text_centre" not in document:
        return None
    try:
        return from_base64(document["text_centre"], 0, 1)
    except _PARSE_ERRORS as error:
        raise InputError(f"The session's mean of texts cannot be read ({error}).") from error


def require_format(document: object) -> None:
    """Check that a document is a session.

    Raises:
        InputError: it is not, or it is one of a newer QT-FIRS.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise InputError("This is no session that QT-FIRS wrote; export one first.")
    if document.get("version") != VERSION:
        raise InputError(
            f"The session is of version {document.get('version')!r}, and this QT-FIRS reads "
            f"version {VERSION}. Upgrade: pip install --upgrade qt-firs"
        )


def _term_to_json(term: Term, encoder: str) -> dict[str, Any]:
    what = term.what
    rest: dict[str, Any] = {"weight": term.weight, "vector": to_base64(what.known[encoder])}
    if isinstance(what, TextTerm):
        return {"text": what.text} | rest
    if isinstance(what.example, int):
        return {"image": what.example} | rest
    return {"example": str(what), "thumbnail": _thumbnail(what.example)} | rest


def _term_from_json(term: Mapping[str, Any], encoder: str) -> Term:
    known = {encoder: from_base64(term["vector"])}
    what: TextTerm | ImageTerm
    if "text" in term:
        what = TextTerm(parse_text(term["text"]), known)
    elif "image" in term:
        what = ImageTerm(parse_integer(term["image"]), known=known)
    else:
        data = base64.b64decode(term["thumbnail"], validate=True)
        decode(data)
        what = ImageTerm(data, parse_text(term["example"]), known)
    return Term(what, float(term["weight"]))


def _thumbnail(example: Path | bytes | Image.Image) -> str:
    """Return an example image as base64 of a small WebP; one that is small already is unchanged."""
    picture = example if isinstance(example, Image.Image) else decode(example, at_least=_THUMBNAIL)
    is_small = max(picture.size) <= _THUMBNAIL
    if isinstance(example, bytes) and example[8:12] == b"WEBP" and is_small:
        return base64.b64encode(example).decode()
    small = picture.convert("RGB")
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    file = io.BytesIO()
    small.save(file, "WEBP", quality=80)
    return base64.b64encode(file.getvalue()).decode()


def restore_search_context(
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
    with collection.open_searcher(encoder) as opened:
        is_earlier = opened.fingerprint != document.get("fingerprint")
        if is_earlier and encoder == DEFAULT:
            query, text_centre = _without_vectors(query), None
        elif is_earlier:
            raise EncoderMismatch(
                f"The session was begun with other weights of {encoder!r}, so its query does not "
                f"fit the embeddings of this collection. Start a new session."
            )
        searcher = opened.with_corrections(
            calibration=bool(document.get("hubness")), expansion=bool(document.get("expansion"))
        )
        if text_centre is not None and text_centre.shape == (searcher.matrix.dim,):
            searcher = replace(searcher, known_text_mean=text_centre)
        strategy = strategy_of(document)
        context = build_search_context(query, searcher, collection.paths, strategy)
    return context, _change_warnings(context, document)


def restore_events(
    events: Iterable[Mapping[str, Any]],
    document: Mapping[str, Any],
    context: SearchContext,
    collection: "Collection",
) -> list[Event]:
    """Return the events of a stored session; terms of an earlier ``mini`` are encoded again.

    Raises:
        InputError: an event is invalid.
    """
    parsed = [event_from_json(event) for event in events]
    if context.fingerprint == document.get("fingerprint"):
        return parsed
    texts = [term.text for event in parsed if isinstance(event, Refine) for term in event.terms]
    with collection.open_searcher(context.encoder) as searcher:
        vectors = map(to_base64, searcher.encoder.encode_texts(texts) if texts else ())
        return [
            replace(event, terms=tuple(replace(term, vector=next(vectors)) for term in event.terms))
            if isinstance(event, Refine)
            else event
            for event in parsed
        ]


def _without_vectors(query: Query) -> Query:
    """Return a query whose terms are to be encoded again."""
    terms = (replace(term, what=replace(term.what, known={})) for term in query.terms)
    return Query(tuple(terms))


def is_outdated(context: SearchContext, collection: "Collection") -> bool:
    """Return whether embeddings of the collection were added or removed since.

    Raises:
        InputError: the collection has no embeddings of its encoder any more.
    """
    with collection.open_searcher(context.encoder) as searcher:
        return searcher.revision != context.revision


def _change_warnings(context: SearchContext, document: Mapping[str, Any]) -> list[str]:
    before, now = document.get("images"), context.images.table.count
    changes = []
    if context.fingerprint != document.get("fingerprint"):
        changes.append(f"This session was begun with an earlier version of {context.encoder}")
    elif context.revision != document.get("revision") or before != now:
        changes.append(
            f"The collection has changed since this session was begun ({before} images then, {now} "
            f"now)"
        )
    if context.hubness != document.get("hubness", ""):
        changes.append("The collection was calibrated again since this session was begun")
    if context.expansion != document.get("expansion", ""):
        changes.append("The collection was expanded differently since this session was begun")
    return [f"{change}, so its rounds may come out differently." for change in changes]
