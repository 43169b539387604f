"""A session as JSON: its query with the vectors, what was searched, and its events.

Vectors are the base64 of their float32 numbers, so that a session that is opened again or
replayed needs no encoder and finds the same, to the last bit.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from firs.errors import EncoderMismatch, ImageError, InputError
from firs.imaging import decode
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.search.searcher import Vector
from firs.session.context import SearchContext, build_search_context
from firs.session.events import from_base64, to_base64, whole

if TYPE_CHECKING:
    from firs.collection import Collection

FORMAT = "firs-session"
VERSION = 1

_THUMBNAIL = 256


_EARLIER_NAMES = {"early": "early-fusion", "late": "late-fusion", "two-phase": "rerank"}


def strategy_of(document: Mapping[str, Any]) -> str:
    """Return the query strategy of a session document.

    Documents that an earlier version wrote call the field ``way`` and use shorter names.
    """
    name = str(document.get("strategy", document.get("way")))
    return _EARLIER_NAMES.get(name, name)


def query_to_json(ground: SearchContext) -> dict[str, Any]:
    """What a session is of: all of it but its events."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "strategy": ground.strategy,
        "encoder": ground.encoder,
        "fingerprint": ground.fingerprint,
        "revision": ground.revision,
        "images": ground.images.table.count,
        "hubness": ground.hubness,
        "expansion": ground.expansion,
        "terms": [_term_to_json(term, ground.encoder) for term in ground.query.terms],
    } | ({} if ground.text_centre is None else {"text_centre": to_base64(ground.text_centre)})


def query_from_json(told: Mapping[str, Any]) -> Query:
    """The query, with its vectors.

    Raises:
        InputError: it is no session, or one of a newer QT-FIRS.
    """
    require_format(told)
    try:
        return Query(tuple(_term_from_json(term, told["encoder"]) for term in told["terms"]))
    except _WRONG as error:
        raise InputError(f"The session's query cannot be read ({error}).") from error


def text_centre_from_json(told: Mapping[str, Any]) -> Vector | None:
    """The middle of all texts as the query met it, where it did.

    Raises:
        InputError: it is no vector.
    """
    try:
        return from_base64(told["text_centre"], 0, 1) if "text_centre" in told else None
    except _WRONG as error:
        raise InputError(f"The session's middle of texts cannot be read ({error}).") from error


_WRONG = (KeyError, TypeError, ValueError, OverflowError, ImageError)
"""What reading something else than a session meets (``binascii.Error`` is a ``ValueError``)."""


def require_format(told: object) -> None:
    """Make sure that it is a session.

    Raises:
        InputError: it is none, or one of a newer QT-FIRS.
    """
    if not isinstance(told, Mapping) or told.get("format") != FORMAT:
        raise InputError("This is no session that QT-FIRS wrote; export one first.")
    if told.get("version") != VERSION:
        raise InputError(
            f"The session is of version {told.get('version')!r}, and this QT-FIRS reads version "
            f"{VERSION}. Upgrade: pip install --upgrade qt-firs"
        )


def _term_to_json(term: Term, encoder: str) -> dict[str, Any]:
    what = term.what
    told: dict[str, Any] = {"weight": term.weight, "vector": to_base64(what.known[encoder])}
    if isinstance(what, TextTerm):
        return {"text": what.text} | told
    if isinstance(what.example, int):
        return {"image": what.example} | told
    return {"example": str(what), "thumbnail": _thumbnail(what.example)} | told


def _term_from_json(told: Mapping[str, Any], encoder: str) -> Term:
    known = {encoder: from_base64(told["vector"], 1, 1)}
    what: TextTerm | ImageTerm
    if "text" in told:
        what = TextTerm(_text(told["text"]), known)
    elif "image" in told:
        what = ImageTerm(whole(told["image"]), known=known)
    else:
        picture = base64.b64decode(told["thumbnail"], validate=True)
        decode(picture)
        what = ImageTerm(picture, _text(told["example"]), known)
    return Term(what, float(told["weight"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("words are no words")
    return value


def _thumbnail(example: Path | bytes | Image.Image) -> str:
    picture = example if isinstance(example, Image.Image) else decode(example, at_least=_THUMBNAIL)
    if isinstance(example, bytes) and _is_thumbnail(example, picture):
        return base64.b64encode(example).decode()
    small = picture.convert("RGB")
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    kept = io.BytesIO()
    small.save(kept, "WEBP", quality=80)
    return base64.b64encode(kept.getvalue()).decode()


def _is_thumbnail(data: bytes, picture: Image.Image) -> bool:
    """Whether it is one already, which would only lose by being made again."""
    return data[8:12] == b"WEBP" and max(picture.size) <= _THUMBNAIL


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
            space = replace(space, known_text_mean=text_centre)
        space = space.with_corrections(
            calibration=bool(document.get("hubness")), expansion=bool(document.get("expansion"))
        )
        ground = build_search_context(query, space, collection.paths, strategy_of(document))
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
