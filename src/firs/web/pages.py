"""The files of the page, and a page that documents the HTTP API without any script."""

import os
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from firs import errors
from firs.web.problems import kind_of

PAGE = Path(__file__).parent / "page"

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Suffix → media type of the files that are served; the system's own table may differ."""


class PageFiles(StaticFiles):
    """The files of a folder, compressed if the client accepts gzip.

    The two encodings of a file have different ETags (RFC 9110, 8.8.3.3).

    Args:
        folder: the folder; its ``index.html`` is served at the root.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._compressing = GZipMiddleware(super().__call__, minimum_size=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        app = self._compressing if _accepts_gzip(scope) else super().__call__
        await app(scope, receive, send)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file, or 304 if the client has it."""
        media_type = MEDIA_TYPES.get(Path(full_path).suffix)
        if media_type is None:
            raise HTTPException(404)
        headers = {"Cache-Control": "no-cache"}
        response = FileResponse(
            full_path, status_code, headers, media_type, stat_result=stat_result
        )
        if _accepts_gzip(scope):
            response.headers["ETag"] = f'{response.headers["ETag"][:-1]}-gzip"'
        else:
            response.headers["Vary"] = "Accept-Encoding"
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


def _accepts_gzip(scope: Scope) -> bool:
    """Return whether the client accepts gzip with a weight above 0 (RFC 9110, 12.5.3)."""
    accepted = Headers(scope=scope).get("accept-encoding", "").replace(" ", "").lower().split(",")
    return any(
        name == "gzip" and weight.strip("0.") != "q="
        for name, _, weight in (each.partition(";") for each in accepted)
    )


router = APIRouter(include_in_schema=False)

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
    """Return the style of the documentation; the policy forbids a style inside the page."""
    return Response(_STYLE, media_type="text/css")


@router.get("/docs")
def show_routes(request: Request) -> Response:
    """Show all routes."""
    return HTMLResponse(render_document(request.app.openapi()))


def render_document(document: dict[str, Any]) -> str:
    """Render an OpenAPI document as an HTML page."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}: HTTP API"
    routes = "".join(
        _render_route(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    problems = "".join(
        f'<tr id="{kind_of(kind)}"><td><code>{kind_of(kind)}</code></td>'
        f"<td>{escape((kind.__doc__ or '').partition(chr(10))[0])}</td></tr>"
        for kind in kinds
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><link rel="stylesheet" href="/docs.css"></head><body>'
        f"<h1>{title}</h1>"
        '<p>For programs: <a href="/api/v1/openapi.json">the OpenAPI document</a>. '
        "Errors are problem documents (RFC 9457).</p>"
        f"<h2>Routes</h2><dl>{routes}</dl><h2>Problems</h2><table>{problems}</table></body></html>"
    )


def _render_route(path: str, method: str, operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    params = [
        (each["name"], each["in"], each["schema"]) for each in operation.get("parameters", ())
    ]
    params += [("body", media_type, each["schema"]) for media_type, each in content.items()]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td>"
        f"<td>{escape(_describe_type(schema))}</td></tr>"
        for name, place, schema in params
    )
    table = f"<table>{rows}</table>" if rows else ""
    statuses = escape(", ".join(sorted(operation["responses"])))
    return (
        f"<dt><code>{method.upper()} {escape(path)}</code></dt>"
        f"<dd>{escape(operation.get('description', ''))} Responses: {statuses}.{table}</dd>"
    )


def _describe_type(schema: dict[str, Any]) -> str:
    """Return the type of a schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_describe_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))
