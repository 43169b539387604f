"""Routes of images: lists, details, thumbnails and files, and uploaded example pictures."""

import io
from contextlib import closing
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any, TypeAlias, cast
from urllib.parse import quote

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.sources.paths import readable
from firs.web.image_files import (
    MEDIA_TYPES,
    THUMBNAIL_TYPE,
    Original,
    Size,
    capture_time,
    open_original,
    respond_with_etag,
    thumbnail,
    thumbnail_tag,
)
from firs.web.problems import NotFound
from firs.web.registries import ID, Current, OpenCollection, Opened
from firs.web.schemas import MOST_RESULTS, ImageInPath, ImageListItem, UploadId, image_version

router = APIRouter(prefix="/api/v1/collections/{collection}/images", tags=["images"])
uploads_router = APIRouter(prefix="/api/v1", tags=["uploads"])

_CHUNK = 1 << 18
_FOR_EVER = "private, max-age=31536000, immutable"
_FOR_A_WHILE = "private, max-age=600"

THUMBNAIL: dict[int | str, dict[str, Any]] = {
    200: {"content": {THUMBNAIL_TYPE: {}}, "description": "The picture, scaled down."},
    304: {"description": "The client has this version."},
}


class ImageResponse(BaseModel):
    """An image of a collection."""

    id: int
    name: str = Field(description="The file's name.")
    folder: str = Field(description="The folder of the file, on the server.")
    width: int = Field(description="Pixels, upright.")
    height: int
    format: str
    bytes: int
    added_at: datetime
    taken_at: datetime | None = Field(description="By the camera's clock, if it is recorded.")
    captions: list[str]
    tags: list[str]


class ImagesResponse(BaseModel):
    """Some images of a collection."""

    total: int
    start: int
    images: list[ImageListItem]


class UploadResponse(BaseModel):
    """An example picture."""

    id: str
    name: str = Field(description="The file's name, without folders.")
    width: int
    height: int


@router.get("")
def list_images(
    opened: Opened,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> ImagesResponse:
    """List images, most recently added first."""
    images = [
        ImageListItem(
            id=each.id,
            name=readable(each.path.name),
            width=each.width,
            height=each.height,
            version=image_version(each),
        )
        for each in opened.collection.newest(start, count)
    ]
    return ImagesResponse(total=len(opened.collection), start=start, images=images)


@router.get("/{image}")
def show_image(opened: Opened, image: ImageInPath) -> ImageResponse:
    """Return the details of an image."""
    record = image_of(opened, image)
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


@router.get("/{image}/thumbnail", response_class=Response, responses=THUMBNAIL)
def show_thumbnail(
    opened: Opened,
    image: ImageInPath,
    request: Request,
    size: Annotated[Size, Query()] = Size.small,
    v: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Return an image, upright and scaled down: its longer side has at most ``size`` pixels.

    With its ``version`` as ``v``, a browser can cache it permanently.
    """
    record = image_of(opened, image)
    cached = opened.thumbnails.find(record.hash, size) if v == image_version(record) else None
    if cached is not None:  # of the indexed content, without reading the file
        tag = thumbnail_tag(record.hash, size)
        return respond_with_etag(request, tag, _FOR_EVER, partial(_thumbnail, cached))
    original = open_original(record)
    tag = thumbnail_tag(original.key, size)
    cache = _FOR_EVER if v and original.key.startswith(v) else _FOR_A_WHILE
    with closing(original.file):
        return respond_with_etag(
            request, tag, cache, lambda: _thumbnail(opened.thumbnails.make(original, size))
        )


def _thumbnail(data: bytes) -> Response:
    return Response(data, media_type=THUMBNAIL_TYPE)


@router.get(
    "/{image}/file",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The original file."}},
)
def show_file(opened: Opened, image: ImageInPath, request: Request) -> Response:
    """Return the file of an image, byte for byte."""
    record = image_of(opened, image)
    original = open_original(record)
    response = respond_with_etag(
        request, f'"{original.key}"', "private, no-cache", lambda: _FileResponse(original, record)
    )
    if not isinstance(response, _FileResponse):
        original.file.close()
    return response


class _FileResponse(StreamingResponse):
    """The bytes of an open file, which is closed even if the client leaves before the first.

    Starlette's ``FileResponse`` would open the path again, which may lead elsewhere by then.
    """

    def __init__(self, original: Original, image: ImageRecord) -> None:
        super().__init__(
            iter(partial(original.file.read, _CHUNK), b""),
            media_type=MEDIA_TYPES[original.format],
            headers={
                "Content-Length": str(original.bytes),
                "Content-Disposition": (
                    f"inline; filename*=UTF-8''{quote(readable(image.path.name))}"
                ),
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
        self._file = original.file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(self._file):
            await super().__call__(scope, receive, send)


def image_of(opened: OpenCollection, id_: int) -> ImageRecord:
    """Return an image of a collection.

    Raises:
        NotFound: no image has this id.
    """
    try:
        return opened.collection.image(id_)
    except InputError as error:
        raise NotFound(f"There is no image {id_} in this collection.") from error


def _capture_time(image: ImageRecord) -> datetime | None:
    try:
        original = open_original(image)
    except NotFound:
        return None
    with closing(original.file):
        return capture_time(original.file, original.format)


InCollection: TypeAlias = Annotated[
    str | None,
    Query(
        pattern=ID, max_length=80, description="Its collection; by default all are searched for it."
    ),
]


@uploads_router.post(
    "/collections/{collection}/uploads",
    status_code=HTTPStatus.CREATED,
    form_limits={"max_files": 1, "max_fields": 0},
)
def upload(opened: Opened, file: Annotated[UploadFile, File()], state: Current) -> UploadResponse:
    """Upload an example picture, at most 200 MiB; it is stored, reduced, for a day."""
    added = state.uploads.add(opened, file.file, file_name(file.filename))
    return UploadResponse(id=added.id, name=added.name, width=added.width, height=added.height)


@uploads_router.get("/uploads/{upload}/thumbnail", response_class=Response, responses=THUMBNAIL)
def show_upload(
    upload: UploadId, request: Request, state: Current, collection: InCollection = None
) -> Response:
    """Return an example picture, scaled down."""
    places = state.collections if collection is None else [state.collections.get(collection)]
    with state.collections.limit_wait():
        data = io.BytesIO(cast("bytes", state.uploads.get(places, upload).example))
    cache = "private, max-age=86400, immutable"
    return respond_with_etag(
        request, f'"{upload}"', cache, lambda: _thumbnail(thumbnail(data, Size.small))
    )


def file_name(name: str | None) -> str:
    """Return the name of an uploaded file for display: no folders, nothing unprintable."""
    last = PurePath((name or "").replace("\\", "/")).name[-200:]
    return "".join(mark for mark in last if mark.isprintable()) or "picture"
