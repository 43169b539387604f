import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.errors import InputError
from firs.imaging import decode
from firs.query import ImageTerm, Query, TextTerm, like, text
from firs.session.context import build_search_context
from firs.session.document import (
    context_to_json,
    query_from_json,
    require_format,
    text_centre_from_json,
)
from tests.search.spaces import coloured, id_of, square
from tests.session.grounds import paths_of


def told(query: Query) -> dict[str, Any]:
    """A session of a query as JSON, through JSON."""
    document = context_to_json(build_search_context(query, coloured(), paths_of))
    read: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return read


MANY = 2 * text("red") + 0.5 * like(id_of("blue")) - text("green") - like(square("navy"))


def test_a_query_comes_back_with_its_vectors_to_the_last_bit() -> None:
    given = build_search_context(MANY, coloured(), paths_of).query
    read = query_from_json(told(MANY))
    assert [term.weight for term in read.terms] == [2, 0.5, -1, -1]
    names = ['"red"', f"#{id_of('blue')}", '"green"', "a picture"]
    assert [str(term.what) for term in read.terms] == names
    for one, other in zip(given.terms, read.terms, strict=True):
        np.testing.assert_array_equal(one.what.known["fake"], other.what.known["fake"])


def test_the_middle_of_texts_comes_back_where_it_is_needed() -> None:
    centre = text_centre_from_json(told(MANY))
    assert centre is not None
    np.testing.assert_array_equal(centre, coloured().text_mean)
    assert text_centre_from_json(told(text("red"))) is None


def test_what_was_searched() -> None:
    document = told(text("red"))
    del document["terms"]
    assert document == {
        "format": "firs-session",
        "version": 1,
        "strategy": "early-fusion",
        "encoder": "fake",
        "fingerprint": "",
        "revision": 0,
        "images": 9,
        "hubness": "",
        "expansion": "",
    }


@pytest.mark.parametrize("kind", ["file", "bytes", "picture"])
def test_a_picture_shown_is_kept_as_a_thumbnail(kind: str, tmp_path: Path) -> None:
    large = Image.effect_mandelbrot((900, 300), (-2, -1, 1, 1), 50).convert("RGB")
    file = tmp_path / "like.png"
    large.save(file)
    shown = {
        "file": like(file),
        "bytes": like(file.read_bytes(), "upload.png"),
        "picture": like(large),
    }[kind]
    [term] = query_from_json(told(shown)).terms
    assert isinstance(term.what, ImageTerm)
    assert isinstance(term.what.example, bytes)
    assert decode(term.what.example).size == (256, 85)
    name = {"file": "like.png", "bytes": "upload.png", "picture": "a picture"}[kind]
    assert str(term.what) == name


def test_a_thumbnail_is_not_made_anew() -> None:
    first = told(like(Image.effect_noise((640, 480), 90).convert("RGB")))
    query = query_from_json(first)
    again = context_to_json(build_search_context(query, coloured(), paths_of))
    assert again["terms"] == first["terms"]


@pytest.mark.parametrize("document", [None, 3, "{}", [], {}, {"format": "other"}, {"version": 1}])
def test_what_is_no_session(document: Any) -> None:
    for read in (require_format, query_from_json):
        with pytest.raises(InputError, match="no session that QT-FIRS wrote"):
            read(document)


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_session_of_a_newer_kind(version: object) -> None:
    with pytest.raises(InputError, match="Upgrade: pip install --upgrade qt-firs"):
        query_from_json(told(text("red")) | {"version": version})


HALF = base64.b64encode(np.full(64, 0.0625, dtype="<f4").tobytes()).decode()
NAN = base64.b64encode(np.full(64, np.nan, dtype="<f4").tobytes()).decode()
HUGE = base64.b64encode(np.full(64, 3e38, dtype="<f4").tobytes()).decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"vector": ""},
        {"vector": "!"},
        {"vector": "AAA"},
        {"vector": "AAAA"},
        {"vector": 3},
        {"vector": None},
        {"vector": NAN},
        {"vector": HUGE},
        {"vector": HALF},
        {"text": 3},
        {"text": None},
        {"text": " "},
        {"weight": 0},
        {"weight": "much"},
        {"weight": None},
        {"weight": 10**400},
        {"weight": float("nan")},
        {"text": ..., "image": "3"},
        {"text": ..., "image": 1.5},
        {"text": ..., "image": float("inf")},
        {"text": ...},
        {"text": ..., "example": "a.png"},
        {"text": ..., "example": "a.png", "thumbnail": "AAAA"},
        {"text": ..., "example": "a.png", "thumbnail": 3},
        {"text": ..., "example": None, "thumbnail": "AAAA"},
    ],
)
def test_a_term_that_cannot_be_read(changed: dict[str, Any]) -> None:
    document = told(text("red"))
    [term] = document["terms"]
    term = {key: value for key, value in (term | changed).items() if value is not ...}
    with pytest.raises(InputError, match=r"query cannot be read|text of the query is empty"):
        query_from_json(document | {"terms": [term]})


@pytest.mark.parametrize("terms", [None, 3, "terms", [], {}, {"text": "red"}, [[]], [None]])
def test_terms_that_are_none(terms: object) -> None:
    with pytest.raises(InputError):
        query_from_json(told(text("red")) | {"terms": terms})


def test_no_encoder_and_no_name_of_one() -> None:
    document = told(text("red"))
    with pytest.raises(InputError):
        query_from_json(document | {"encoder": []})
    del document["encoder"]
    with pytest.raises(InputError, match="encoder"):
        query_from_json(document)


@pytest.mark.parametrize("centre", [3, None, "!", NAN, HUGE])
def test_a_middle_of_texts_that_is_none(centre: object) -> None:
    with pytest.raises(InputError, match="mean of texts cannot be read"):
        text_centre_from_json({"text_centre": centre})


def test_words_are_kept_as_they_were_typed() -> None:
    words = ' a "dog"\n& <b>\x00 \U0001f415 '
    [term] = query_from_json(told(text(words))).terms
    assert isinstance(term.what, TextTerm)
    assert term.what.text == words
