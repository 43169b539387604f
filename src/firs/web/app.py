"""The application: routers, guards and what they share, put together."""

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
from firs.web import (
    collections,
    expansions,
    explanations,
    images,
    indexing,
    pages,
    refinement,
    sessions,
)
from firs.web.collection_registry import CollectionRegistry
from firs.web.guards import Guard, HostGuard, SecurityMiddleware, TokenGuard, guard_origin
from firs.web.jobs import Jobs
from firs.web.limits import BodyLimit, RateGuard, WaitLimit, guard_type
from firs.web.open_sessions import OpenSessions
from firs.web.problems import MEDIA_TYPE, Problem, SafeHeaders, handle_problems
from firs.web.refinement import refiners_here
from firs.web.settings import Settings
from firs.web.state import Current, State
from firs.web.uploads import UploadStore

_SCHEMAS = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Let an app give the document that is made here."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_document(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to do this


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template=_SCHEMAS)
    schemas.update(problem.pop("$defs"), Problem=problem)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for methods in document["paths"].values():
        for told in methods.values():
            told["responses"].pop("422", None)
            told["responses"]["default"] = {
                "description": "What went wrong (RFC 9457).",
                "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS.format(model="Problem")}}},
            }
    return document


router = APIRouter(prefix="/api/v1", tags=["about"])


class MethodResponse(BaseModel):
    """A feedback method."""

    name: str
    summary: str


class About(BaseModel):
    """Description of this server and of what clients can request."""

    name: str = "QT-FIRS"
    version: str = __version__
    methods: list[MethodResponse]
    refiners: list[str] = Field(description="What can suggest other words here.")
    strategies: list[str] = Field(description="The query strategies for several terms.")
    max_upload_bytes: int


@router.get("/about")
def about(state: Current) -> About:
    """Describe this server and its capabilities."""
    return About(
        methods=[MethodResponse(name=name, summary=_summary(name)) for name in FEEDBACKS],
        refiners=refiners_here(),
        strategies=list(QUERY_STRATEGIES),
        max_upload_bytes=state.settings.limits.upload_bytes,
    )


def _summary(method: str) -> str:
    """Return the first line of a method's module docstring, without its name."""
    line = (sys.modules[FEEDBACKS.load(method).__module__].__doc__ or "").partition("\n")[0]
    told = line.partition(": ")[2] or line
    return told[:1].upper() + told[1:]


THREADS = 16
"""Requests that are worked on at once; each may read the database and decode a picture."""

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
    indexing.router,
    pages.router,
)


def create_app(collections: Sequence[Place] = (), settings: Settings | None = None) -> FastAPI:
    """Make the server's application (ASGI).

    Args:
        collections: folders or addresses of collections to open; more can be indexed from the
            page.
        settings: how it behaves; by default it answers this machine only, without a token.

    Raises:
        CollectionError: a collection cannot be opened.

    >>> app = create_app([Path("Pictures/.firs")])  # doctest: +SKIP
    """
    settings = settings or Settings()
    app = FastAPI(
        title="QT-FIRS",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
    )
    app.state.firs = _state(collections, settings)
    for each in ROUTERS:
        app.include_router(each)
    handle_problems(app)
    describe(app)
    app.add_middleware(WaitLimit)
    app.add_middleware(BodyLimit, limits=settings.limits)
    app.add_middleware(SecurityMiddleware, guards=_guards(settings))
    app.add_middleware(SafeHeaders)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


def _state(collections: Sequence[Place], settings: Settings) -> State:
    limits = settings.limits
    with ExitStack() as on_error:
        shelf = on_error.enter_context(closing(CollectionRegistry(settings.memory, settings.cache)))
        for place in collections:
            shelf.put_or_await(place)
        shelf.recall()
        sessions = OpenSessions(limits.open_sessions)
        uploads = UploadStore(limits, sessions)
        on_error.pop_all()
    return State(settings, shelf, Jobs(), uploads, sessions)


def _guards(settings: Settings) -> list[Guard]:
    """Return the guards of a request, in this order."""
    limits = settings.limits
    guards: list[Guard] = [
        HostGuard(settings.hosts),
        RateGuard(limits.reads, limits.writes),
        guard_origin,
    ]
    if settings.token is not None:
        guards.append(TokenGuard(settings.token))
    return [*guards, guard_type]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
    await anyio.to_thread.run_sync(app.state.firs.close)
