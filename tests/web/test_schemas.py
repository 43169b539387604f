import pytest
from pydantic import ValidationError

from firs.query import ImageTerm
from firs.web.problems import NotFound
from firs.web.schemas import QueryRequest, parse_query


def get_example(id_: str) -> ImageTerm:
    if id_ != "1f":
        raise NotFound("upload it again")
    return ImageTerm(b"a picture", "mine.png")


def test_words_images_and_examples() -> None:
    terms = [
        {"text": "a dog"},
        {"text": "a leash", "weight": -1},
        {"image": 7, "weight": 0.5},
        {"upload": "1f"},
    ]
    request = QueryRequest.model_validate({"terms": terms})
    assert str(parse_query(request, get_example)) == '"a dog" - "a leash" + 0.5 * #7 + mine.png'


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
def test_invalid_terms_are_refused(term: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QueryRequest.model_validate({"terms": [term]})


@pytest.mark.parametrize("count", [0, 33])
def test_no_terms_or_too_many(count: int) -> None:
    with pytest.raises(ValidationError):
        QueryRequest.model_validate({"terms": [{"text": "a"}] * count})


def test_an_example_that_is_no_longer_stored() -> None:
    request = QueryRequest.model_validate({"terms": [{"upload": "gone"}]})
    with pytest.raises(NotFound, match="upload it again"):
        parse_query(request, get_example)
