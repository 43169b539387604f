"""Why two images are alike: the cells that correspond, and a layer to lay over the first."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from firs.explanation.pairs import Pair
from firs.web.explaining import LAYER, Whose, layer_of, picture_of
from firs.web.images import image_of
from firs.web.state import Current, State
from firs.web.values import CollectionId, ImageInPath

router = APIRouter(
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


@router.get("")
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


@router.get("/overlay", response_class=Response, responses=LAYER)
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
    held = state.shelf.get(collection)
    held.require_encoder(encoder)
    pictures = [picture_of(image_of(held, id_)) for id_ in (image, other)]
    return held.collection.explain_pair(*pictures, encoder=encoder)
