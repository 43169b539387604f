"""The page: the files in ``firs/web/page``, each with a strong ETag, and its text compressed.

A name is looked up in the list of existing files, so none leads out of the folder.
"""

import gzip
import hashlib
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from firs.web.answers import respond_with_etag

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

TEXTS = frozenset({".css", ".html", ".js", ".json", ".svg", ".webmanifest"})

router = APIRouter(include_in_schema=False)


@router.api_route("/{name:path}", methods=["GET", "HEAD"])
def show_page(name: str, request: Request) -> Response:
    """Give a file of the page."""
    path = _files(PAGE).get(name or "index.html")
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
    data, headers = path.read_bytes(), {}
    if path.suffix in TEXTS:
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(request):
            data = _compress(data)
            headers["Content-Encoding"] = "gzip"
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    media_type = MEDIA_TYPES[path.suffix]
    return respond_with_etag(
        request, tag, "no-cache", lambda: Response(data, 200, headers, media_type)
    )


def _takes_gzip(request: Request) -> bool:
    """Return whether the client accepts gzip with a weight above 0 (RFC 9110, 12.5.3)."""
    asked = request.headers.get("accept-encoding", "").replace(" ", "").lower().split(",")
    return any(
        name == "gzip" and weight.strip("0.") != "q="
        for name, _, weight in (each.partition(";") for each in asked)
    )


@lru_cache(maxsize=128)
def _compress(data: bytes) -> bytes:
    """Smaller by two thirds; made once for each content."""
    return gzip.compress(data, mtime=0)


@cache
def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.suffix in MEDIA_TYPES and path.is_file()
    }
