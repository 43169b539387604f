"""A session as JSON: its query with the vectors, what was searched, and its events.

Vectors are the base64 of their float32 numbers, so that a session that is opened again or
replayed needs no encoder and finds the same, to the last bit.
"""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from firs.errors import ImageError, InputError
from firs.pictures import decode
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.search.space import Vector
from firs.session.events import whole
from firs.session.ground import SearchContext
from firs.session.vectors import from_base64, to_base64

FORMAT = "firs-session"
VERSION = 1

_THUMBNAIL = 256


def query_to_json(ground: SearchContext) -> dict[str, Any]:
    """What a session is of: all of it but its events."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "way": ground.strategy,
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
