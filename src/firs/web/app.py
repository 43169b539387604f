"""The application: routers, guards and what they share, put together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing

import anyio.to_thread
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from firs import __version__
from firs.collection.paths import Place
from firs.web import (
    about,
    collections,
    documents,
    expansions,
    explaining,
    images,
    jobs,
    pairing,
    refining,
    sessions,
    static,
    uploads,
)
from firs.web.background import Jobs
from firs.web.guards import Guard, SecurityMiddleware
from firs.web.headers import SafeHeaders
from firs.web.hosts import HostGuard
from firs.web.limits import BodyLimit, RateGuard, WaitLimit, guard_type
from firs.web.open_sessions import OpenSessions
from firs.web.openapi import describe
from firs.web.origins import guard_origin
from firs.web.problems import handle_problems
from firs.web.settings import Settings
from firs.web.shelf import CollectionRegistry
from firs.web.state import State
from firs.web.tokens import TokenGuard
from firs.web.upload_store import UploadStore

THREADS = 16
"""Requests that are worked on at once; each may read the database and decode a picture."""

ROUTERS = (
    about,
    collections,
    expansions,
    images,
    explaining,
    pairing,
    uploads,
    sessions,
    refining,
    jobs,
    documents,
    static,
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
    for module in ROUTERS:
        app.include_router(module.router)
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
    """What a request meets, in this order."""
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
