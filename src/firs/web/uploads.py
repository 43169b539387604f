"""Example pictures: uploaded here, named in queries by their ids."""

import io
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, TypeAlias, cast

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from firs.web import thumbnails
from firs.web.answers import respond_with_etag
from firs.web.state import Current
from firs.web.values import ID, CollectionId, UploadId

router = APIRouter(prefix="/api/v1", tags=["uploads"])

InCollection: TypeAlias = Annotated[
    str | None,
    Query(pattern=ID, max_length=80, description="Whose it is; without it, all are looked in."),
]


class UploadResponse(BaseModel):
    """An example picture."""

    id: str
    name: str = Field(description="The file's name, without folders.")
    width: int
    height: int


@router.post(
    "/collections/{collection}/uploads",
    status_code=HTTPStatus.CREATED,
    form_limits={"max_files": 1, "max_fields": 0},
)
def upload(
    collection: CollectionId, file: Annotated[UploadFile, File()], state: Current
) -> UploadResponse:
    """Upload an example picture, at most 200 MiB; it is stored, reduced, for a day."""
    held = state.shelf.get(collection)
    added = state.uploads.add(held, file.file, _plain(file.filename))
    return UploadResponse(id=added.id, name=added.name, width=added.width, height=added.height)


@router.get("/uploads/{upload}/thumbnail", response_class=Response, responses=thumbnails.RESPONSES)
def show_upload(
    upload: UploadId, request: Request, state: Current, collection: InCollection = None
) -> Response:
    """Show an example picture, small."""
    places = state.shelf if collection is None else [state.shelf.get(collection)]
    picture = state.uploads.get(places, upload).example

    def make() -> Response:
        data = thumbnails.thumbnail(io.BytesIO(cast("bytes", picture)), thumbnails.Size.small)
        return Response(data, media_type=thumbnails.MEDIA_TYPE)

    return respond_with_etag(request, f'"{upload}"', "private, max-age=86400, immutable", make)


def _plain(name: str | None) -> str:
    """The name of a file as its owner sees it: no folders, nothing that cannot be printed."""
    last = PurePath((name or "").replace("\\", "/")).name[-200:]
    return "".join(mark for mark in last if mark.isprintable()) or "picture"
