"""Example pictures: handed over here, named in queries by their ids."""

from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from firs.web import thumbnails
from firs.web.answers import respond_with_etag
from firs.web.state import Current
from firs.web.values import CollectionId, UploadId

router = APIRouter(prefix="/api/v1", tags=["uploads"])


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
    """Hand over an example picture, at most 200 MiB; it is forgotten when the server ends."""
    state.shelf.get(collection)
    added = state.uploads.add(file.file, _plain(file.filename))
    return UploadResponse(id=added.id, name=added.name, width=added.width, height=added.height)


@router.get("/uploads/{upload}/thumbnail", response_class=Response, responses=thumbnails.RESPONSES)
def show_upload(upload: UploadId, request: Request, state: Current) -> Response:
    """Show an example picture, small."""
    asked = state.uploads.get(upload)

    def make() -> Response:
        with asked.open() as file:
            data = thumbnails.thumbnail(file, thumbnails.Size.small)
        return Response(data, media_type=thumbnails.MEDIA_TYPE)

    return respond_with_etag(request, f'"{asked.id}"', "private, max-age=86400, immutable", make)


def _plain(name: str | None) -> str:
    """The name of a file as its owner sees it: no folders, nothing that cannot be printed."""
    last = PurePath((name or "").replace("\\", "/")).name[-200:]
    return "".join(mark for mark in last if mark.isprintable()) or "picture"
