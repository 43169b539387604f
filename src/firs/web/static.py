"""The page: the files in ``firs/web/page``, each with a strong ETag.

A name is looked for among the files that are there, so none leads out of the folder.
"""

import hashlib
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from firs.web.answers import kept

PAGE = Path(__file__).parent / "page"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

router = APIRouter(include_in_schema=False)


@router.api_route("/{name:path}", methods=["GET", "HEAD"])
def show_page(name: str, request: Request) -> Response:
    """Give a file of the page."""
    path = _files().get(name or "index.html")
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
    data = path.read_bytes()
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    return kept(
        request, tag, "no-cache", lambda: Response(data, media_type=MEDIA_TYPES[path.suffix])
    )


def _files() -> dict[str, Path]:
    return {
        path.relative_to(PAGE).as_posix(): path
        for path in PAGE.rglob("*")
        if path.suffix in MEDIA_TYPES and path.is_file()
    }
