"""Why an image matches: words with their shares, a layer to lay over it, and the test of it."""

import hashlib
import io
from contextlib import closing
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from PIL import Image
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.explanation import EXPLAINERS, Explanation, Map
from firs.explanation.pictures import layer
from firs.pictures import read
from firs.web.answers import respond_with_etag
from firs.web.images import image_of
from firs.web.originals import open_original
from firs.web.problems import NotFound
from firs.web.shelf import OpenCollection
from firs.web.state import Current
from firs.web.values import CollectionId, ImageInPath, Name, Text

router = APIRouter(
    prefix="/api/v1/collections/{collection}/images/{image}/explanation", tags=["explanations"]
)

AT_LEAST = 384
"""Pixels a side that a picture is read in; a layer is as large."""

WAYS = tuple(name for name in EXPLAINERS if name != "clipseg")
"""The allowed methods: none that names files of the server, or downloads any."""

LAYER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A layer, clear where it is 0."}
}

_FOR_A_WHILE = "private, max-age=600"

ForText: TypeAlias = Annotated[Text, Query(description="What the image shall match.")]
How: TypeAlias = Annotated[Name | None, Query(description="A way to explain.")]
Whose: TypeAlias = Annotated[Name | None, Query(description="Whose score; else the first's.")]


class WordResponse(BaseModel):
    """A word, and what the score loses without it."""

    word: str
    start: int = Field(description="Where it begins in the text, in characters.")
    share: float


class FaithfulnessResponse(BaseModel):
    """Whether the score depends on the highlighted regions."""

    loss: float = Field(description="What the score loses when what is marked is blurred.")
    usual: float = Field(description="What it loses when as much is blurred elsewhere, on average.")
    beats: float = Field(description="The share of places elsewhere that cost less, 0 to 1.")
    told: str


class ExplanationResponse(BaseModel):
    """Why an image matches a text."""

    method: str
    text: str
    score: float | None
    words: list[WordResponse]
    overlay: str | None = Field(description="The address of the layer; null where there is none.")
    faithfulness: FaithfulnessResponse | None = Field(
        description="Null where it was not asked for."
    )


@router.get("")
def explain(
    collection: CollectionId,
    image: ImageInPath,
    text: ForText,
    state: Current,
    method: How = None,
    encoder: Whose = None,
    check: Annotated[bool, Query(description="Whether to test the map, too.")] = False,
) -> ExplanationResponse:
    """Explain why an image matches a text."""
    held = state.shelf.get(collection)
    told = _explain(held, image_of(held, image), text, method, encoder)
    marks = told.map is not None and bool(told.map.any())
    asked = {"text": text, "method": told.method, "encoder": encoder}
    query = urlencode({name: value for name, value in asked.items() if value})
    where = f"/api/v1/collections/{held.id}/images/{image}/explanation/overlay?{query}"
    return ExplanationResponse(
        method=told.method,
        text=text,
        score=told.score,
        words=[
            WordResponse(word=each.word, start=each.start, share=each.share) for each in told.words
        ],
        overlay=where if marks else None,
        faithfulness=_check_faithfulness(held, told, encoder) if check and marks else None,
    )


@router.get(
    "/overlay",
    response_class=Response,
    responses=LAYER,
)
def show_overlay(
    collection: CollectionId,
    image: ImageInPath,
    text: ForText,
    state: Current,
    request: Request,
    method: How = None,
    encoder: Whose = None,
) -> Response:
    """Show where an image matches a text, as a layer to lay over it."""
    held = state.shelf.get(collection)
    record = image_of(held, image)

    def make() -> Response:
        told = _explain(held, record, text, method, encoder)
        if told.map is None:
            raise NotFound(f"{told.method!r} marks no places in an image.")
        return layer_of(told.map)

    named = "\0".join([record.hash, text, method or "", encoder or ""])
    tag = hashlib.blake2b(named.encode(), digest_size=12).hexdigest()
    return respond_with_etag(request, f'"{tag}"', _FOR_A_WHILE, make)


def _explain(
    held: OpenCollection, record: ImageRecord, text: str, method: str | None, encoder: str | None
) -> Explanation:
    held.require_encoder(encoder)
    if method and method not in WAYS:
        raise InputError(f"Over HTTP a picture is explained by {', '.join(WAYS)}, not {method!r}.")
    return held.collection.explain(
        record.id, text, method=method or "", encoder=encoder, read=lambda: picture_of(record)
    )


def layer_of(map_: Map) -> Response:
    """Render a heatmap as an image to overlay on the original."""
    data = io.BytesIO()
    layer(map_).save(data, "PNG")
    return Response(data.getvalue(), media_type="image/png")


def picture_of(record: ImageRecord) -> Image.Image:
    """Read the image from its file as it is now, unless a link leads to other content."""
    original = open_original(record)
    with closing(original.file):
        return read(original.file, at_least=AT_LEAST).image


def _check_faithfulness(
    held: OpenCollection, told: Explanation, encoder: str | None
) -> FaithfulnessResponse:
    found = held.collection.check_explanation(told, encoder)
    return FaithfulnessResponse(
        loss=found.loss, usual=found.usual, beats=found.beats, told=found.summary
    )
