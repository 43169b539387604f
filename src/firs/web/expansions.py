"""Expansions: what was added to a collection, listed, explained and taken back."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs.collection.expansions import ExpansionRecord
from firs.errors import InputError
from firs.web.problems import NotFound, readable
from firs.web.requests import CollectionId, ImageInPath
from firs.web.state import Current

router = APIRouter(prefix="/api/v1/collections/{collection}", tags=["expansions"])


class ExpansionResponse(BaseModel):
    """One act of adding, which can be taken back."""

    id: int
    kind: Literal["captions", "queries", "moves"]
    encoder: str
    images: int
    texts: int
    made_at: datetime


class ImageExpansionResponse(BaseModel):
    """One expansion of an image."""

    expansion: int
    kind: Literal["captions", "queries", "moves"]
    text: str
    source: str
    degrees: float = Field(description="How far the image was moved; 0 for texts beside it.")


class ExpandRequest(BaseModel):
    """The expansion to add."""

    by: Literal["captions", "queries", "moves"] = "captions"
    most: Annotated[int, Field(ge=1, le=1000)] = 5
    hot: Annotated[int, Field(ge=0, le=2**31)] = Field(
        default=0, description="Only images that were accepted for so many queries or more."
    )


class LogResponse(BaseModel):
    """Whether queries and marks are logged, and the number of log lines."""

    on: bool
    lines: int


class LogRequest(BaseModel):
    """Whether to log queries and marks."""

    on: bool


@router.get("/expansions")
def list_expansions(collection: CollectionId, state: Current) -> list[ExpansionResponse]:
    """List what was added to a collection, the newest first."""
    return [
        _expansion_response(each)
        for each in state.shelf.get(collection).collection.expansion.records()
    ]


@router.post("/expansions", status_code=HTTPStatus.CREATED)
def expand(collection: CollectionId, body: ExpandRequest, state: Current) -> ExpansionResponse:
    """Add captions or accepted queries as image entries, or move images towards such queries."""
    opened = state.shelf.get(collection).collection
    return _expansion_response(
        opened.expansion.add(body.by, max_per_image=body.most, min_accepted=body.hot)
    )


@router.delete("/expansions/{number}", status_code=HTTPStatus.NO_CONTENT)
def undo_expansion(collection: CollectionId, number: ImageInPath, state: Current) -> None:
    """Take back what was added once; search as if it had never been."""
    opened = state.shelf.get(collection)
    try:
        opened.collection.expansion.undo(number)
    except InputError as error:
        raise NotFound(str(error)) from error


@router.get("/images/{image}/known-by")
def show_known_by(
    collection: CollectionId, image: ImageInPath, state: Current
) -> list[ImageExpansionResponse]:
    """List the expansions of an image: texts and moves by which it is also found."""
    try:
        known = state.shelf.get(collection).collection.expansion.of_image(image)
    except InputError as error:
        raise NotFound(str(error)) from error
    return [
        ImageExpansionResponse(
            expansion=each.expansion,
            kind=each.kind,  # type: ignore[arg-type]
            text=readable(each.text),
            source=readable(each.source),
            degrees=each.degrees,
        )
        for each in known
    ]


@router.get("/log")
def show_log(collection: CollectionId, state: Current) -> LogResponse:
    """Return whether queries and marks are logged."""
    log = state.shelf.get(collection).collection.log
    return LogResponse(on=log.is_on, lines=len(log))


@router.put("/log")
def turn_log(collection: CollectionId, body: LogRequest, state: Current) -> LogResponse:
    """Turn the logging of queries and marks on or off."""
    log = state.shelf.get(collection).collection.log
    (log.on if body.on else log.off)()
    return LogResponse(on=log.is_on, lines=len(log))


@router.delete("/log", status_code=HTTPStatus.NO_CONTENT)
def clear_log(collection: CollectionId, state: Current) -> None:
    """Forget all that was noted."""
    state.shelf.get(collection).collection.log.clear()


def _expansion_response(each: ExpansionRecord) -> ExpansionResponse:
    return ExpansionResponse(
        id=each.id,
        kind=each.kind,  # type: ignore[arg-type]
        encoder=each.encoder,
        images=each.images,
        texts=each.texts,
        made_at=each.made_at,
    )
