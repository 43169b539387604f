"""What things are called on a server, and what their descriptions tell."""

import re

import pytest

from firs.milvus.admin import CollectionDescription
from firs.milvus.schema import (
    ATTRIBUTES,
    IMAGE_FIELDS,
    encode_description,
    parse_description,
    slug,
    vector_fields,
    vectors_of,
)


@pytest.mark.parametrize("name", ["mini", "siglip2-base", "onnx:/home/me/ä b", "x" * 500])
def test_every_encoder_has_a_name_that_milvus_takes(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", vectors_of("n" * 100, name))


def test_similar_names_are_distinguished() -> None:
    assert slug("mini") == "mini"
    assert len({slug(name) for name in ("a-b", "a_b", "a.b", "x" * 500, "x" * 501)}) == 5


def test_a_description_names_role_and_parent() -> None:
    described = CollectionDescription(
        "photos", encode_description("images", made="2026"), ("id",), {}, 1
    )
    assert parse_description(described) == {"firs": 1, "what": "images", "made": "2026"}


@pytest.mark.parametrize("description", ["", "my own", "[1]", "{}", '{"firs": "yes"}'])
def test_a_foreign_description_is_empty(description: str) -> None:
    assert parse_description(CollectionDescription("photos", description, ("id",), {}, 1)) == {}


def test_an_embedding_has_the_fields_of_filters() -> None:
    names = [field.name for field in vector_fields(256)]
    assert names == ["id", *ATTRIBUTES, "vector"]
    assert set(ATTRIBUTES) < {field.name for field in IMAGE_FIELDS}
