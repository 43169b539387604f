"""Routes of expansions: what was added to a collection, listed, explained and undone."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs.collection.expansions import ExpansionRecord, ImageExpansion
from firs.errors import InputError
from firs.web.problems import NotFound
from firs.web.registries import Opened
from firs.web.schemas import ImageInPath, Readable

router = APIRouter(prefix="/api/v1/collections/{collection}", tags=["expansions"])

Kind = Literal["captions", "queries", "moves"]


class ExpansionResponse(BaseModel):
    """One expansion, which can be undone."""

    id: int
    kind: Kind
    encoder: str
    images: int
    texts: int
    made_at: datetime


class ImageExpansionResponse(BaseModel):
    """One expansion of an image."""

    expansion: int
    kind: str
    text: Readable
    source: Readable
    degrees: float = Field(description="The angle by which the image was moved; 0 for texts.")


class ExpandRequest(BaseModel):
    """The expansion to add."""

    by: Kind = "captions"
    most: Annotated[int, Field(ge=1, le=1000)] = 5
    hot: Annotated[int, Field(ge=0, le=2**31)] = Field(
        default=0, description="Only images that were accepted for so many queries or more."
    )


class LogRequest(BaseModel):
    """Whether to log queries and marks."""

    on: bool


class LogResponse(LogRequest):
    """Whether queries and marks are logged, and the number of log lines."""

    lines: int


@router.get("/expansions", response_model=list[ExpansionResponse])
def list_expansions(opened: Opened) -> list[ExpansionRecord]:
    """List the expansions of a collection, newest first."""
    return opened.collection.expansion.records()


@router.post("/expansions", status_code=HTTPStatus.CREATED, response_model=ExpansionResponse)
def expand(opened: Opened, body: ExpandRequest) -> ExpansionRecord:
    """Add captions or accepted queries as image entries, or move images towards such queries."""
    return opened.collection.expansion.add(body.by, max_per_image=body.most, min_accepted=body.hot)


@router.delete("/expansions/{number}", status_code=HTTPStatus.NO_CONTENT)
def undo_expansion(opened: Opened, number: ImageInPath) -> None:
    """Undo one expansion; search then works as if it had never been made."""
    try:
        opened.collection.expansion.undo(number)
    except InputError as error:
        raise NotFound(str(error)) from error


@router.get("/images/{image}/known-by", response_model=list[ImageExpansionResponse])
def show_known_by(opened: Opened, image: ImageInPath) -> list[ImageExpansion]:
    """List the expansions of an image: texts and moves by which it is also found."""
    try:
        return opened.collection.expansion.of_image(image)
    except InputError as error:
        raise NotFound(str(error)) from error


@router.get("/log")
def show_log(opened: Opened) -> LogResponse:
    """Return whether queries and marks are logged."""
    log = opened.collection.log
    return LogResponse(on=log.is_on, lines=len(log))


@router.put("/log")
def turn_log(opened: Opened, body: LogRequest) -> LogResponse:
    """Turn the logging of queries and marks on or off."""
    log = opened.collection.log
    (log.on if body.on else log.off)()
    return LogResponse(on=log.is_on, lines=len(log))


@router.delete("/log", status_code=HTTPStatus.NO_CONTENT)
def clear_log(opened: Opened) -> None:
    """Delete all log lines."""
    opened.collection.log.clear()
