"""Why an image matches: words with their shares, a layer to lay over it, and the test of it."""

import hashlib
import io
from contextlib import closing
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from PIL import Image
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.explanation import EXPLAINERS, Explanation, Map
from firs.explanation.heatmaps import to_layer
from firs.explanation.pairs import Pair
from firs.imaging import read
from firs.web.collection_registry import OpenCollection
from firs.web.images import image_of
from firs.web.originals import open_original, respond_with_etag
from firs.web.problems import NotFound
from firs.web.requests import CollectionId, ImageInPath, Name, Text
from firs.web.state import Current, State

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
    summary: str


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
    opened = state.shelf.get(collection)
    told = _explain(opened, image_of(opened, image), text, method, encoder)
    marks = told.map is not None and bool(told.map.any())
    body = {"text": text, "method": told.method, "encoder": encoder}
    query = urlencode({name: value for name, value in body.items() if value})
    where = f"/api/v1/collections/{opened.id}/images/{image}/explanation/overlay?{query}"
    return ExplanationResponse(
        method=told.method,
        text=text,
        score=told.score,
        words=[
            WordResponse(word=each.word, start=each.start, share=each.share) for each in told.words
        ],
        overlay=where if marks else None,
        faithfulness=_check_faithfulness(opened, told, encoder) if check and marks else None,
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
    opened = state.shelf.get(collection)
    record = image_of(opened, image)

    def make() -> Response:
        told = _explain(opened, record, text, method, encoder)
        if told.map is None:
            raise NotFound(f"{told.method!r} marks no places in an image.")
        return layer_of(told.map)

    named = "\0".join([record.hash, text, method or "", encoder or ""])
    tag = hashlib.blake2b(named.encode(), digest_size=12).hexdigest()
    return respond_with_etag(request, f'"{tag}"', _FOR_A_WHILE, make)


def _explain(
    opened: OpenCollection, record: ImageRecord, text: str, method: str | None, encoder: str | None
) -> Explanation:
    opened.require_encoder(encoder)
    if method and method not in WAYS:
        raise InputError(f"Over HTTP a picture is explained by {', '.join(WAYS)}, not {method!r}.")
    return opened.collection.explanation.explain(
        record.id, text, method=method or "", encoder=encoder, read=lambda: picture_of(record)
    )


def layer_of(map_: Map) -> Response:
    """Render a heatmap as an image to overlay on the original."""
    data = io.BytesIO()
    to_layer(map_).save(data, "PNG")
    return Response(data.getvalue(), media_type="image/png")


def picture_of(record: ImageRecord) -> Image.Image:
    """Read the image from its file as it is now, unless a link leads to other content."""
    original = open_original(record)
    with closing(original.file):
        return read(original.file, at_least=AT_LEAST).image


def _check_faithfulness(
    opened: OpenCollection, told: Explanation, encoder: str | None
) -> FaithfulnessResponse:
    found = opened.collection.explanation.check(told, encoder)
    return FaithfulnessResponse(
        loss=found.loss, usual=found.mean_elsewhere, beats=found.beats, summary=found.summary
    )


pairs_router = APIRouter(
    prefix="/api/v1/collections/{collection}/images/{image}/likeness/{other}",
    tags=["explanations"],
)

Other = Annotated[int, Path(ge=1, le=2**53)]
Place = tuple[float, float]


class SimilarPartsResponse(BaseModel):
    """Two cells that are each other's best."""

    first: Place = Field(description="x and y of its middle, in shares of width and height.")
    second: Place
    likeness: float


class PairResponse(BaseModel):
    """Why two images are alike."""

    score: float
    alike: list[SimilarPartsResponse] = Field(description="The likest first.")
    overlay: str = Field(description="The address of the first image's layer.")


@pairs_router.get("")
def explain_pair(
    collection: CollectionId,
    image: ImageInPath,
    other: Other,
    state: Current,
    encoder: Whose = None,
) -> PairResponse:
    """Explain which parts of two images are similar."""
    pair = _pair(state, collection, image, other, encoder)
    where = f"/api/v1/collections/{collection}/images/{image}/likeness/{other}/overlay"
    return PairResponse(
        score=pair.score,
        alike=[
            SimilarPartsResponse(first=each.first, second=each.second, likeness=each.likeness)
            for each in pair.alike
        ],
        overlay=f"{where}?{urlencode({'encoder': encoder})}" if encoder else where,
    )


@pairs_router.get("/overlay", response_class=Response, responses=LAYER)
def show_pair_overlay(
    collection: CollectionId,
    image: ImageInPath,
    other: Other,
    state: Current,
    encoder: Whose = None,
) -> Response:
    """Show where an image is like the other one, as a layer to lay over it."""
    return layer_of(_pair(state, collection, image, other, encoder).first.map)


def _pair(state: State, collection: str, image: int, other: int, encoder: str | None) -> Pair:
    opened = state.shelf.get(collection)
    opened.require_encoder(encoder)
    pictures = [picture_of(image_of(opened, id_)) for id_ in (image, other)]
    return opened.collection.explanation.explain_pair(*pictures, encoder=encoder)
