"""Routes of explanations: why an image matches a text, and why two images are similar."""

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
from firs.explanation.base import WordShare
from firs.explanation.heatmaps import to_layer
from firs.explanation.pairs import CellMatch, Pair
from firs.imaging import read
from firs.web.image_files import open_original, respond_with_etag
from firs.web.images import image_of
from firs.web.problems import NotFound
from firs.web.registries import OpenCollection, Opened
from firs.web.schemas import ImageInPath, Name, Text

_IMAGE = "/api/v1/collections/{collection}/images/{image}"
router = APIRouter(prefix=f"{_IMAGE}/explanation", tags=["explanations"])
pairs_router = APIRouter(prefix=f"{_IMAGE}/likeness/{{other}}", tags=["explanations"])

LEAST_PIXELS = 384
"""Pixels per side of the image that is explained; the map has the same size."""

METHODS = tuple(name for name in EXPLAINERS if name != "clipseg")
"""The allowed methods: none that names files of the server, or downloads any."""

OVERLAY: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A map to overlay, transparent where 0."}
}

_FOR_A_WHILE = "private, max-age=600"

Target: TypeAlias = Annotated[Text, Query(description="The text that the image is to match.")]
Method: TypeAlias = Annotated[Name | None, Query(description="The explanation method.")]
Encoder: TypeAlias = Annotated[
    Name | None, Query(description="The encoder of the score; by default the first one.")
]
Other: TypeAlias = Annotated[int, Path(ge=1, le=2**53)]


class FaithfulnessResponse(BaseModel):
    """Whether the score depends on the highlighted regions."""

    loss: float = Field(description="The drop of the score if the marked area is blurred.")
    usual: float = Field(description="The mean drop if as much is blurred elsewhere.")
    beats: float = Field(description="The share of places elsewhere that cost less, 0 to 1.")
    summary: str


class ExplanationResponse(BaseModel):
    """Why an image matches a text."""

    method: str
    text: str
    score: float | None
    words: tuple[WordShare, ...]
    overlay: str | None = Field(description="The address of the map; null if nothing is marked.")
    faithfulness: FaithfulnessResponse | None = Field(description="Null without check.")


class PairResponse(BaseModel):
    """Why two images are similar."""

    score: float
    alike: tuple[CellMatch, ...] = Field(description="Best-matching cells, the most similar first.")
    overlay: str = Field(description="The address of the first image's map.")


@router.get("")
def explain(
    opened: Opened,
    image: ImageInPath,
    text: Target,
    method: Method = None,
    encoder: Encoder = None,
    check: Annotated[bool, Query(description="Whether to test the map, too.")] = False,
) -> ExplanationResponse:
    """Explain why an image matches a text."""
    found = _explain(opened, image_of(opened, image), text, method, encoder)
    has_marks = found.map is not None and bool(found.map.any())
    address = f"/api/v1/collections/{opened.id}/images/{image}/explanation/overlay"
    params = {"text": text, "method": found.method} | ({"encoder": encoder} if encoder else {})
    return ExplanationResponse(
        method=found.method,
        text=text,
        score=found.score,
        words=found.words,
        overlay=f"{address}?{urlencode(params)}" if has_marks else None,
        faithfulness=_faithfulness(opened, found, encoder) if check and has_marks else None,
    )


@router.get("/overlay", response_class=Response, responses=OVERLAY)
def show_overlay(
    opened: Opened,
    image: ImageInPath,
    text: Target,
    request: Request,
    method: Method = None,
    encoder: Encoder = None,
) -> Response:
    """Show where an image matches a text, as a map to overlay on it."""
    record = image_of(opened, image)

    def make() -> Response:
        found = _explain(opened, record, text, method, encoder)
        if found.map is None:
            raise NotFound(f"{found.method!r} marks no places in an image; use another method.")
        return _overlay(found.map)

    key = "\0".join([record.hash, text, method or "", encoder or ""])
    tag = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    return respond_with_etag(request, f'"{tag}"', _FOR_A_WHILE, make)


@pairs_router.get("")
def explain_pair(
    opened: Opened, image: ImageInPath, other: Other, encoder: Encoder = None
) -> PairResponse:
    """Explain which parts of two images are similar."""
    pair = _pair(opened, image, other, encoder)
    address = f"/api/v1/collections/{opened.id}/images/{image}/likeness/{other}/overlay"
    return PairResponse(
        score=pair.score,
        alike=pair.alike,
        overlay=f"{address}?{urlencode({'encoder': encoder})}" if encoder else address,
    )


@pairs_router.get("/overlay", response_class=Response, responses=OVERLAY)
def show_pair_overlay(
    opened: Opened, image: ImageInPath, other: Other, encoder: Encoder = None
) -> Response:
    """Show where an image is similar to the other one, as a map to overlay on it."""
    return _overlay(_pair(opened, image, other, encoder).first.map)


def _explain(
    opened: OpenCollection, record: ImageRecord, text: str, method: str | None, encoder: str | None
) -> Explanation:
    opened.require_encoder(encoder)
    if method and method not in METHODS:
        raise InputError(
            f"Over HTTP an image is explained by {', '.join(METHODS)}, not {method!r}."
        )
    return opened.collection.explanation.explain(
        record.id, text, method=method or "", encoder=encoder, read=lambda: _read(record)
    )


def _faithfulness(
    opened: OpenCollection, explanation: Explanation, encoder: str | None
) -> FaithfulnessResponse:
    found = opened.collection.explanation.check(explanation, encoder)
    return FaithfulnessResponse(
        loss=found.loss, usual=found.mean_elsewhere, beats=found.beats, summary=found.summary
    )


def _pair(opened: OpenCollection, image: int, other: int, encoder: str | None) -> Pair:
    opened.require_encoder(encoder)
    images = [_read(image_of(opened, id_)) for id_ in (image, other)]
    return opened.collection.explanation.explain_pair(*images, encoder=encoder)


def _read(record: ImageRecord) -> Image.Image:
    """Read the image from its file as it is now, unless a link leads to other content."""
    original = open_original(record)
    with closing(original.file):
        return read(original.file, at_least=LEAST_PIXELS).image


def _overlay(map_: Map) -> Response:
    data = io.BytesIO()
    to_layer(map_).save(data, "PNG")
    return Response(data.getvalue(), media_type="image/png")
