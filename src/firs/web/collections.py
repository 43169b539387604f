"""Routes of collections: what is open, indexing folders in the background, and its jobs."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Collection
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from firs.collection import AddReport
from firs.collection.places import home_of
from firs.errors import InputError
from firs.sources.paths import readable, real
from firs.storage.paths import FOLDER_NAME, inside
from firs.storage.records import Problem
from firs.web.jobs import Job, JobResponse
from firs.web.registries import Current, OpenCollection, Opened, State
from firs.web.schemas import Folder, JobId, Readable

MANY = 100_000
"""Images of a collection on a server from which on their common folder is not searched for."""

WATCH_SECONDS = 0.2
"""Seconds between two looks at a job that a client follows."""


class TagResponse(BaseModel):
    """A tag and the number of images that have it."""

    name: str
    count: int


class CollectionResponse(BaseModel):
    """A collection at a glance."""

    id: str
    name: str
    path: str
    images: int
    captions: int
    problems: int = Field(description="Files that could not be read.")
    encoders: list[str] = Field(description="Encoders with embeddings, the default first.")
    tags: list[TagResponse]
    busy: str | None = Field(description="The id of the job that works on it, if one does.")


class ProblemResponse(BaseModel):
    """A file that could not be read, and why."""

    path: Readable
    reason: str


class IndexRequest(BaseModel):
    """A folder that is to be indexed."""

    folder: Folder = Field(description="The whole path of a folder of photos, on the server.")
    collection: Folder | None = Field(
        default=None, description="Where to store the collection; by default in the folder itself."
    )


class ReindexRequest(BaseModel):
    """The folder to index again."""

    folder: Folder | None = Field(
        default=None, description="By default, the folder that was indexed."
    )
    prune: bool = Field(
        default=False, description="Remove images of the folder whose files are gone."
    )


router = APIRouter(prefix="/api/v1/collections", tags=["collections"])


@router.get("")
def list_collections(state: Current) -> list[CollectionResponse]:
    """List the collections that are open."""
    with state.collections.limit_wait():
        return [_collection_response(opened, state) for opened in state.collections]


@router.post("", status_code=HTTPStatus.ACCEPTED)
def index_folder(body: IndexRequest, state: Current, response: Response) -> JobResponse:
    """Index a folder in the background, into its own collection or a new one."""
    return _accepted(_start_new(state, body.folder, body.collection), response)


@router.get("/{collection}")
def show_collection(opened: Opened, state: Current) -> CollectionResponse:
    """Summarize a collection."""
    return _collection_response(opened, state)


@router.post("/{collection}/index", status_code=HTTPStatus.ACCEPTED)
def index_again(
    opened: Opened, state: Current, response: Response, body: ReindexRequest | None = None
) -> JobResponse:
    """Look for new and changed photos, in the background."""
    params = body or ReindexRequest()
    folder = params.folder
    source = _indexed_folder(opened) if folder is None else _folder(state, folder)
    return _accepted(_start(state, opened, source, prune=params.prune), response)


@router.get("/{collection}/problems", response_model=list[ProblemResponse])
def list_problems(opened: Opened) -> list[Problem]:
    """List the files that could not be read, and why."""
    return opened.collection.problems()


jobs_router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


async def _job(job: JobId, state: Current) -> Job:
    return state.jobs.get(job)


JobInPath = Annotated[Job, Depends(_job)]


@jobs_router.get("")
def list_jobs(state: Current) -> list[JobResponse]:
    """List all jobs since the server started, newest first."""
    return [job.status for job in state.jobs.all()]


@jobs_router.get("/{job}")
def show_job(job: JobInPath) -> JobResponse:
    """Return the state of a job."""
    return job.status


@jobs_router.get("/{job}/events", response_class=EventSourceResponse)
async def follow_job(job: JobInPath, state: Current) -> AsyncIterator[JobResponse]:
    """Stream the state of a job on every change until it has ended (server-sent events)."""
    sent = None
    while not state.closing.is_set():
        status = job.status
        if status is not sent:
            sent = status
            yield status
        if status.state != "running":
            return
        await asyncio.sleep(WATCH_SECONDS)


@jobs_router.delete("/{job}")
def stop_job(job: JobInPath) -> JobResponse:
    """Request a job to stop; committed work remains."""
    job.request_stop()
    return job.status


def _collection_response(opened: OpenCollection, state: State) -> CollectionResponse:
    info, tags = opened.collection.info(), opened.collection.tags()
    return CollectionResponse(
        id=opened.id,
        name=opened.name,
        path=readable(info.path),
        images=info.images,
        captions=info.captions,
        problems=info.problems,
        encoders=[encoder.name for encoder in info.encoders],
        tags=[TagResponse(name=name, count=count) for name, count in tags.items()],
        busy=state.jobs.busy_with(opened.id),
    )


def _accepted(job: Job, response: Response) -> JobResponse:
    response.headers["Location"] = f"/api/v1/jobs/{job.status.id}"
    return job.status


def _start_new(state: State, folder: str, collection: str | None) -> Job:
    """Index a folder into its own collection, or into the one named.

    Raises:
        InputError: there is no such folder.
        CollectionError: the collection cannot be opened or created.
        HTTPException: the folder is not allowed, or a job is running on the collection.
    """
    source = _folder(state, folder)
    home = home_of(source) if collection is None else inside(_allowed_path(state, collection))
    if not any(opened.collection.path == home for opened in state.collections):
        _require_allowed(state, home)  # it may be above the folder, and contain more than that
    is_new = not home.exists()
    opened = state.collections.put(home, create=True, remember=True)

    def remove_if_empty() -> None:
        """Remove a newly created collection to which nothing was added."""
        if is_new and not len(opened.collection):
            state.collections.drop(opened.id)
            shutil.rmtree(home, ignore_errors=True)

    try:
        return _start(state, opened, source, clean_up=remove_if_empty)
    except HTTPException:
        remove_if_empty()
        raise


def _start(
    state: State,
    opened: OpenCollection,
    source: Path,
    *,
    prune: bool = False,
    clean_up: Callable[[], None] = lambda: None,
) -> Job:
    def work(progress: Callable[[int, int], None]) -> AddReport:
        return opened.collection.add(source, prune=prune, progress=progress)

    return state.jobs.start(f"indexing {source.name}", opened.id, work, clean_up)


def _folder(state: State, path: str) -> Path:
    folder = _allowed_path(state, path)
    if not folder.is_dir():
        raise InputError(f"There is no folder {path} on this machine. Check the spelling.")
    return folder


def _allowed_path(state: State, path: str) -> Path:
    if not os.path.isabs(os.path.expanduser(path)):  # noqa: PTH111, PTH117, they never raise
        raise InputError(
            f"Type the whole path of the folder, such as /home/me/Pictures, not {path}."
        )
    folder = Path(real(path))
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


def _indexed_folder(opened: OpenCollection) -> Path:
    """Return the folder that contains the collection, or else all of its images."""
    home = opened.collection.path
    if home.name == FOLDER_NAME:
        return home.parent
    if opened.collection.home is None and len(opened.collection) > MANY:
        raise InputError("This collection is large and is stored on a server; name a folder.")
    common = common_folder({str(image.path.parent) for image in opened.collection})
    if common == common.parent:
        raise InputError("The photos of this collection are in several places; name a folder.")
    return common


def common_folder(parents: Collection[str]) -> Path:
    """Return the common parent folder; the root folder for URLs and paths, or for none."""
    try:
        return Path(os.path.commonpath(parents))
    except ValueError:
        return Path("/")
