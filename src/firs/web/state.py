"""The state of one server while it runs."""

import threading
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from firs.web.collection_registry import CollectionRegistry
from firs.web.jobs import Jobs
from firs.web.open_sessions import OpenSessions
from firs.web.settings import Settings
from firs.web.uploads import UploadStore


@dataclass(frozen=True, slots=True)
class State:
    """All that is open; ``closing`` is set when the server is about to end."""

    settings: Settings
    shelf: CollectionRegistry
    jobs: Jobs
    uploads: UploadStore
    sessions: OpenSessions
    closing: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """End all that runs, and close and forget what is open."""
        self.closing.set()
        self.jobs.close()
        self.uploads.close()
        self.shelf.close()


async def _current(request: Request) -> State:
    state: State = request.app.state.firs
    return state


Current: TypeAlias = Annotated[State, Depends(_current)]
"""The state of the server that a request came to."""
