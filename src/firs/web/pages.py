"""The page: the files in ``firs/web/page``, each with a strong ETag, and its text compressed.

A name is looked up in the list of existing files, so none leads out of the folder.
"""

import gzip
import hashlib
from functools import cache, lru_cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from firs import errors
from firs.web.originals import respond_with_etag
from firs.web.problems import kind_of

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


def _takes_gzip(request: Request) -> bool:
    """Return whether the client accepts gzip with a weight above 0 (RFC 9110, 12.5.3)."""
    body = request.headers.get("accept-encoding", "").replace(" ", "").lower().split(",")
    return any(
        name == "gzip" and weight.strip("0.") != "q="
        for name, _, weight in (each.partition(";") for each in body)
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


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h2 { border-bottom: 1px solid color-mix(in srgb, currentcolor 25%, transparent); }
code { font-family: ui-monospace, monospace; }
dt { margin-top: 1.25rem; }
dd { margin-left: 1.5rem; }
table { border-collapse: collapse; }
td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }
"""


@router.get("/docs.css")
def show_style() -> Response:
    """Give the style of the page below: the browser takes none from the page itself."""
    return Response(_STYLE, media_type="text/css")


@router.get("/docs")
def show_routes(request: Request) -> Response:
    """Show all routes."""
    return HTMLResponse(page_of(request.app.openapi()))


def page_of(document: dict[str, Any]) -> str:
    """Render an OpenAPI document as an HTML page."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}: HTTP API"
    routes = "".join(
        _route(path, method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><link rel="stylesheet" href="/docs.css"></head><body>'
        f"<h1>{title}</h1>"
        '<p>For programs: <a href="/api/v1/openapi.json">the OpenAPI document</a>. '
        "Errors are problem documents (RFC 9457).</p>"
        f"<h2>Routes</h2><dl>{routes}</dl><h2>Problems</h2>{_problems()}</body></html>"
    )


def _route(path: str, method: str, told: dict[str, Any]) -> str:
    rows = [*map(_parameter, told.get("parameters", ())), *_body(told)]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    answers = ", ".join(sorted(told["responses"]))
    return (
        f"<dt><code>{method.upper()} {escape(path)}</code></dt>"
        f"<dd>{escape(told.get('description', ''))} Answers {escape(answers)}.{table}</dd>"
    )


def _parameter(told: dict[str, Any]) -> str:
    return _row(told["name"], told["in"], told["schema"])


def _body(told: dict[str, Any]) -> list[str]:
    content = told.get("requestBody", {}).get("content", {})
    return [_row("body", kind, each["schema"]) for kind, each in content.items()]


def _row(name: str, place: str, schema: dict[str, Any]) -> str:
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td>"
        f"<td>{escape(_type(schema))}</td></tr>"
    )


def _type(schema: dict[str, Any]) -> str:
    """Describe the type of a schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))


def _problems() -> str:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    rows = "".join(
        f'<tr id="{kind_of(kind)}"><td><code>{kind_of(kind)}</code></td>'
        f"<td>{escape((kind.__doc__ or '').partition(chr(10))[0])}</td></tr>"
        for kind in kinds
    )
    return f"<table>{rows}</table>"


# The route of the page comes last: it matches every path.
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
