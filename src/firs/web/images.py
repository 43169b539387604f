"""The images of a collection: what is known of them, thumbnails, and their files."""

import io
from contextlib import closing
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, TypeAlias, cast
from urllib.parse import quote

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.web import thumbnails
from firs.web.collection_registry import OpenCollection
from firs.web.originals import MEDIA_TYPES, Original, capture_time, open_original, respond_with_etag
from firs.web.problems import NotFound, readable
from firs.web.requests import ID, MOST_RESULTS, CollectionId, ImageInPath, UploadId
from firs.web.state import Current

router = APIRouter(prefix="/api/v1/collections/{collection}/images", tags=["images"])

_CHUNK = 1 << 18
_FOR_EVER = "private, max-age=31536000, immutable"
_FOR_A_WHILE = "private, max-age=600"


class ImageResponse(BaseModel):
    """An image of a collection."""

    id: int
    name: str = Field(description="The file's name.")
    folder: str = Field(description="The folder that it lies in, on the server.")
    width: int = Field(description="Pixels, upright.")
    height: int
    format: str
    bytes: int
    added_at: datetime
    taken_at: datetime | None = Field(description="By the camera's clock, where it says.")
    captions: list[str]
    tags: list[str]


class ImageListItem(BaseModel):
    """An image in a list."""

    id: int
    name: str
    width: int
    height: int
    version: str = Field(description="Names its content, for addresses of thumbnails.")


class ImagesResponse(BaseModel):
    """Some images of a collection."""

    total: int
    start: int
    images: list[ImageListItem]


@router.get("")
def list_images(
    collection: CollectionId,
    state: Current,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> ImagesResponse:
    """List images, most recently added first."""
    opened = state.shelf.get(collection).collection
    return ImagesResponse(
        total=len(opened),
        start=start,
        images=[_list_item(each) for each in opened.newest(start, count)],
    )


@router.get("/{image}")
def show_image(collection: CollectionId, image: ImageInPath, state: Current) -> ImageResponse:
    """Return what is known about an image."""
    record = image_of(state.shelf.get(collection), image)
    return ImageResponse(
        id=record.id,
        name=readable(record.path.name),
        folder=readable(record.path.parent),
        width=record.width,
        height=record.height,
        format=record.format,
        bytes=record.bytes,
        added_at=record.added_at,
        taken_at=_capture_time(record),
        captions=list(record.captions),
        tags=list(record.tags),
    )


@router.get("/{image}/thumbnail", response_class=Response, responses=thumbnails.RESPONSES)
def show_thumbnail(
    collection: CollectionId,
    image: ImageInPath,
    state: Current,
    request: Request,
    size: Annotated[thumbnails.Size, Query()] = thumbnails.Size.small,
    v: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Return an image, upright and scaled down: its longer side has at most ``size`` pixels.

    With its ``version`` as ``v``, a browser can cache it permanently.
    """
    opened = state.shelf.get(collection)
    record = image_of(opened, image)
    if v == version(record):
        known = _cached_thumbnail(opened, record, size, request)
        if known is not None:
            return known
    original = open_original(record)

    def make() -> Response:
        data = opened.thumbnails.get(original, size)
        return Response(data, media_type=thumbnails.MEDIA_TYPE)

    keep = _FOR_EVER if v and original.key.startswith(v) else _FOR_A_WHILE
    with closing(original.file):
        return respond_with_etag(request, thumbnails.tag(original.key, size), keep, make)


def _cached_thumbnail(
    opened: OpenCollection, image: ImageRecord, size: thumbnails.Size, request: Request
) -> Response | None:
    """Return the cached thumbnail of the indexed content, if any, without reading the file."""
    data = opened.thumbnails.find(image.hash, size)
    if data is None:
        return None
    answer = Response(data, media_type=thumbnails.MEDIA_TYPE)
    return respond_with_etag(request, thumbnails.tag(image.hash, size), _FOR_EVER, lambda: answer)


@router.get(
    "/{image}/file",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The file, as it is."}},
)
def show_file(
    collection: CollectionId, image: ImageInPath, state: Current, request: Request
) -> Response:
    """Give the file of an image, byte for byte."""
    record = image_of(state.shelf.get(collection), image)
    original = open_original(record)
    response = respond_with_etag(
        request, f'"{original.key}"', "private, no-cache", lambda: _FileResponse(original, record)
    )
    if not isinstance(response, _FileResponse):
        original.file.close()
    return response


def version(image: ImageRecord) -> str:
    """Return the identifier of an image's content for use in a URL."""
    return image.hash[:12]


def image_of(opened: OpenCollection, id_: int) -> ImageRecord:
    """Return an image of a collection.

    Raises:
        NotFound: there is none with this id.
    """
    try:
        return opened.collection.image(id_)
    except InputError as error:
        raise NotFound(f"There is no image {id_} in this collection.") from error


def _list_item(image: ImageRecord) -> ImageListItem:
    return ImageListItem(
        id=image.id,
        name=readable(image.path.name),
        width=image.width,
        height=image.height,
        version=version(image),
    )


class _FileResponse(StreamingResponse):
    """The bytes of a file, which is closed even where the client leaves before the first."""

    def __init__(self, original: Original, image: ImageRecord) -> None:
        super().__init__(
            iter(partial(original.file.read, _CHUNK), b""),
            media_type=MEDIA_TYPES[original.format],
            headers={
                "Content-Length": str(original.bytes),
                "Content-Disposition": _disposition(image),
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
        self._file = original.file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(self._file):
            await super().__call__(scope, receive, send)


def _disposition(image: ImageRecord) -> str:
    return f"inline; filename*=UTF-8''{quote(readable(image.path.name))}"


def _capture_time(image: ImageRecord) -> datetime | None:
    try:
        original = open_original(image)
    except NotFound:
        return None
    with closing(original.file):
        return capture_time(original.file, original.format)


uploads_router = APIRouter(prefix="/api/v1", tags=["uploads"])

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


@uploads_router.post(
    "/collections/{collection}/uploads",
    status_code=HTTPStatus.CREATED,
    form_limits={"max_files": 1, "max_fields": 0},
)
def upload(
    collection: CollectionId, file: Annotated[UploadFile, File()], state: Current
) -> UploadResponse:
    """Upload an example picture, at most 200 MiB; it is stored, reduced, for a day."""
    opened = state.shelf.get(collection)
    added = state.uploads.add(opened, file.file, _plain(file.filename))
    return UploadResponse(id=added.id, name=added.name, width=added.width, height=added.height)


@uploads_router.get(
    "/uploads/{upload}/thumbnail", response_class=Response, responses=thumbnails.RESPONSES
)
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
    """Return the name of a file for display: no folders, nothing unprintable."""
    last = PurePath((name or "").replace("\\", "/")).name[-200:]
    return "".join(mark for mark in last if mark.isprintable()) or "picture"
