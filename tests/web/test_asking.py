import io
from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import ValidationError

from firs.web.asking import QueryRequest, query_of
from firs.web.problems import NotFound
from firs.web.settings import Limits
from firs.web.upload_store import UploadStore
from tests.pictures.making import encoded, plain


@pytest.fixture
def uploads() -> Iterator[UploadStore]:
    with closing(UploadStore(Limits())) as store:
        yield store


def test_words_images_and_examples(uploads: UploadStore) -> None:
    example = uploads.add(io.BytesIO(encoded(plain(), "PNG")), "mine.png")
    terms = [
        {"text": "a dog"},
        {"text": "a leash", "weight": -1},
        {"image": 7, "weight": 0.5},
        {"upload": example.id},
    ]
    asked = QueryRequest.model_validate({"terms": terms})
    assert str(query_of(asked, uploads)) == '"a dog" - "a leash" + 0.5 * #7 + mine.png'


@pytest.mark.parametrize(
    "term",
    [
        {},
        {"text": "a", "image": 1},
        {"text": ""},
        {"text": "a\0b"},
        {"text": "x" * 1001},
        {"image": 0},
        {"image": 2**60},
        {"image": "1; DROP TABLE image"},
        {"text": "a", "weight": 0},
        {"text": "a", "weight": float("nan")},
        {"text": "a", "weight": float("inf")},
        {"text": "a", "weight": 1e9},
    ],
)
def test_terms_that_cannot_be_meant(term: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QueryRequest.model_validate({"terms": [term]})


@pytest.mark.parametrize("count", [0, 33])
def test_no_terms_or_too_many(count: int) -> None:
    with pytest.raises(ValidationError):
        QueryRequest.model_validate({"terms": [{"text": "a"}] * count})


def test_an_example_that_is_no_longer_kept(uploads: UploadStore) -> None:
    asked = QueryRequest.model_validate({"terms": [{"upload": "gone"}]})
    with pytest.raises(NotFound, match="show it again"):
        query_of(asked, uploads)
