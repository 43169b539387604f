"""The state of one server while it runs, and the dependencies with which routes get it."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from firs.web.jobs import Jobs
from firs.web.registries import CollectionRegistry, OpenCollection, OpenSessions
from firs.web.schemas import CollectionId
from firs.web.server import Settings
from firs.web.uploads import UploadStore


@dataclass(frozen=True, slots=True)
class State:
    """All that is open; ``closing`` is set when the server is about to end."""

    settings: Settings
    collections: CollectionRegistry
    jobs: Jobs
    uploads: UploadStore
    sessions: OpenSessions
    closing: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """Stop the jobs, and close everything that is open."""
        self.closing.set()
        self.jobs.close()
        self.uploads.close()
        self.collections.close()


async def _current(request: Request) -> State:
    state: State = request.app.state.firs
    return state


Current: TypeAlias = Annotated[State, Depends(_current)]
"""The state of the server that received the request."""


async def _opened(collection: CollectionId, state: Current) -> AsyncIterator[OpenCollection]:
    opened = state.collections.get(collection)
    with opened.collection.limit_wait():
        yield opened


Opened: TypeAlias = Annotated[OpenCollection, Depends(_opened)]
"""The open collection that the path names; the request waits a limited time for its server."""
