"""The application: routers, guards and the state that they share, put together."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from firs import __version__
from firs.feedback import FEEDBACKS
from firs.search import QUERY_STRATEGIES
from firs.storage.paths import Place
from firs.web import collections, expansions, explanations, images, pages, refinement, sessions
from firs.web.guards import RequestMiddleware
from firs.web.jobs import Jobs
from firs.web.problems import MEDIA_TYPE, Problem, handle_problems
from firs.web.refinement import available_refiners
from firs.web.registries import CollectionRegistry, Current, OpenSessions, State
from firs.web.server import Settings
from firs.web.uploads import UploadStore

THREADS = 16
"""Requests that are worked on at once; each may read the database and decode an image."""

_SCHEMAS = "#/components/schemas/{model}"
_PROBLEM = {
    "description": "What went wrong (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS.format(model="Problem")}}},
}

router = APIRouter(prefix="/api/v1", tags=["about"])

ROUTERS = (
    router,
    collections.router,
    expansions.router,
    images.router,
    explanations.router,
    explanations.pairs_router,
    images.uploads_router,
    sessions.router,
    refinement.router,
    collections.jobs_router,
    pages.router,
)


class MethodResponse(BaseModel):
    """A feedback method."""

    name: str
    summary: str


class About(BaseModel):
    """Description of this server and of what clients can request."""

    name: str = "QT-FIRS"
    version: str = __version__
    methods: list[MethodResponse]
    refiners: list[str] = Field(description="The available refiners of queries.")
    strategies: list[str] = Field(description="The query strategies for several terms.")
    max_upload_bytes: int


@router.get("/about")
def about(state: Current) -> About:
    """Describe this server and its capabilities."""
    return About(
        methods=[MethodResponse(name=name, summary=_summary(name)) for name in FEEDBACKS],
        refiners=available_refiners(),
        strategies=list(QUERY_STRATEGIES),
        max_upload_bytes=state.settings.limits.upload_bytes,
    )


def _summary(method: str) -> str:
    """Return the first line of a method's module docstring, without its name."""
    line = (sys.modules[FEEDBACKS.load(method).__module__].__doc__ or "").partition("\n")[0]
    summary = line.partition(": ")[2] or line
    return summary[:1].upper() + summary[1:]


class _App(FastAPI):
    """An application whose document describes its problem documents."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = get_openapi(title=self.title, version=self.version, routes=self.routes)
            schema = Problem.model_json_schema(ref_template=_SCHEMAS)
            document["components"]["schemas"].update(schema.pop("$defs"), Problem=schema)
            self.openapi_schema = document
        return self.openapi_schema


def create_app(collections: Sequence[Place] = (), settings: Settings | None = None) -> FastAPI:
    """Create the server's application (ASGI).

    Args:
        collections: folders or addresses of collections to open; more can be indexed from the
            page.
        settings: configuration; default: it answers this machine only, without a token.

    Raises:
        CollectionError: a collection cannot be opened.

    >>> app = create_app([Path("Pictures/.firs")])  # doctest: +SKIP
    """
    settings = settings or Settings()
    app = _App(
        title="QT-FIRS",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
        responses={"default": _PROBLEM},
    )
    app.state.firs = _state(collections, settings)
    for each in ROUTERS:
        app.include_router(each)
    app.mount("/", pages.PageFiles(pages.PAGE))
    handle_problems(app)
    app.add_middleware(RequestMiddleware, settings=settings)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


def _state(collections: Sequence[Place], settings: Settings) -> State:
    limits = settings.limits
    with ExitStack() as on_error:
        registry = CollectionRegistry(settings.memory, settings.cache)
        on_error.enter_context(closing(registry))
        for place in collections:
            registry.put_or_await(place)
        registry.recall()
        sessions = OpenSessions(limits.open_sessions)
        uploads = UploadStore(limits, sessions)
        on_error.pop_all()
    return State(settings, registry, Jobs(), uploads, sessions)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
    await anyio.to_thread.run_sync(app.state.firs.close)
