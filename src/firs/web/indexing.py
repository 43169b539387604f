"""Indexing folders in the background: which may be, into which collection, and how it ends."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Collection
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from firs.collection import AddReport
from firs.collection.places import home_of, inside
from firs.errors import InputError
from firs.storage.paths import FOLDER_NAME, real
from firs.web.collection_registry import OpenCollection
from firs.web.jobs import Job, JobResponse
from firs.web.requests import JobId
from firs.web.state import Current, State

FEW = 100_000
"""Images of a collection on a server that are all looked at to find their common folder."""


def begin(state: State, folder: str, collection: str | None) -> JobResponse:
    """Index a folder into its own collection, or into the one named.

    Raises:
        InputError: there is no such folder.
        CollectionError: the collection cannot be opened or made.
        HTTPException: that may not be done from here, or a job is at it.
    """
    source = _folder(state, folder)
    home = home_of(source) if collection is None else inside(_allowed_path(state, collection))
    if not any(opened.collection.path == home for opened in state.shelf):
        _require_allowed(state, home)  # it may lie above the folder, and hold more than that
    is_new = not home.exists()
    opened = state.shelf.put(home, create=True, remember=True)

    def take_away() -> None:
        """Remove a newly created collection to which nothing was added."""
        if is_new and not len(opened.collection):
            state.shelf.drop(opened.id)
            shutil.rmtree(home, ignore_errors=True)

    try:
        return _start(state, opened, source, prune=False, undone=take_away)
    except HTTPException:
        take_away()
        raise


def begin_again(
    state: State, opened: OpenCollection, folder: str | None, prune: bool
) -> JobResponse:
    """Index the folder of a collection again, or another one into it.

    Raises:
        InputError: there is no such folder, or it must be named.
        HTTPException: that may not be done from here, or a job is at it.
    """
    source = _own_folder(opened) if folder is None else _folder(state, folder)
    return _start(state, opened, source, prune=prune)


def _start(
    state: State,
    opened: OpenCollection,
    source: Path,
    *,
    prune: bool,
    undone: Callable[[], None] = lambda: None,
) -> JobResponse:
    def work(progress: Callable[[int, int], None]) -> AddReport:
        return opened.collection.add(source, prune=prune, progress=progress)

    return state.jobs.start(f"indexing {source.name}", opened.id, work, undone).told


def _folder(state: State, typed: str) -> Path:
    folder = _allowed_path(state, typed)
    if not folder.is_dir():
        raise InputError(f"There is no folder {typed} on this machine. Check the spelling.")
    return folder


def _allowed_path(state: State, typed: str) -> Path:
    if not os.path.isabs(os.path.expanduser(typed)):  # noqa: PTH111, PTH117, they never raise
        raise InputError(
            f"Type the whole path of the folder, such as /home/me/Pictures, not {typed}."
        )
    folder = Path(real(typed))
    _require_allowed(state, folder)
    return folder


def _require_allowed(state: State, folder: Path) -> None:
    allowed = state.settings.folders
    if allowed is not None and not any(folder.is_relative_to(real(each)) for each in allowed):
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            "This folder may not be indexed from here. Index it on the machine itself, or start "
            "the server with --folders DIR.",
        )


def _common(parents: Collection[str]) -> Path:
    """Return the common parent folder; URLs and paths have none in common."""
    try:
        return Path(os.path.commonpath(parents))
    except ValueError:  # of none, too
        return Path("/")


def _own_folder(opened: OpenCollection) -> Path:
    """Return the folder that contains the collection, or else all of its images."""
    home = opened.collection.path
    if home.name == FOLDER_NAME:
        return home.parent
    if opened.collection.home is None and len(opened.collection) > FEW:
        raise InputError("This collection is large and lies on a server; name a folder.")
    parents = {str(image.path.parent) for image in opened.collection}
    common = _common(parents)
    if common == common.parent:
        raise InputError("The photos of this collection lie in several places; name a folder.")
    return common


router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

LOOK_EVERY, SPEAK_EVERY = 0.2, 15.0
"""Seconds between two looks at a job, and the longest silence in a stream."""


@router.get("")
def list_jobs(state: Current) -> list[JobResponse]:
    """List all jobs since the server started, newest first."""
    return [job.told for job in state.jobs.all()]


@router.get("/{job}")
def show_job(job: JobId, state: Current) -> JobResponse:
    """Return the state of a job."""
    return state.jobs.get(job).told


@router.get(
    "/{job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "The job, as it goes."}},
)
async def follow_job(job: JobId, state: Current) -> StreamingResponse:
    """Stream the state of a job on every change until it has ended (server-sent events)."""
    followed = state.jobs.get(job)
    return StreamingResponse(
        _events(followed, state),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.delete("/{job}")
def stop_job(job: JobId, state: Current) -> JobResponse:
    """Request a job to stop; committed work remains."""
    body = state.jobs.get(job)
    body.ask_to_stop()
    return body.told


async def _events(job: Job, state: State) -> AsyncIterator[str]:
    told, silent = None, 0.0
    while not state.closing.is_set():
        now = job.told
        if now is not told:
            told, silent = now, 0.0
            yield f"data: {now.model_dump_json()}\n\n"
        if now.state != "running":
            return
        await asyncio.sleep(LOOK_EVERY)
        silent += LOOK_EVERY
        if silent >= SPEAK_EVERY:
            silent = 0.0
            yield ": still at it\n\n"
