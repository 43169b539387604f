"""/api/v1/collections: what can be searched, and folders that are to be."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from firs.web import indexing
from firs.web.background import JobTold
from firs.web.names import readable
from firs.web.shelf import Held
from firs.web.state import Current, State
from firs.web.values import CollectionId, Folder

router = APIRouter(prefix="/api/v1/collections", tags=["collections"])


class TagTold(BaseModel):
    """A tag and how many images bear it."""

    name: str
    count: int


class CollectionTold(BaseModel):
    """A collection at a glance."""

    id: str
    name: str
    path: str
    images: int
    captions: int
    problems: int = Field(description="Files that could not be read.")
    encoders: list[str] = Field(description="Whose vectors it has, the default first.")
    tags: list[TagTold]
    busy: str | None = Field(description="The id of the job that works on it, if one does.")


class ProblemTold(BaseModel):
    """A file that could not be read, and why."""

    path: str
    reason: str


class ToIndex(BaseModel):
    """A folder that is to be indexed."""

    folder: Folder = Field(description="The whole path of a folder of photos, on the server.")
    collection: Folder | None = Field(
        default=None, description="Where to keep the collection; by default in the folder itself."
    )


class ToIndexAgain(BaseModel):
    """What is to be looked at again."""

    folder: Folder | None = Field(
        default=None, description="By default, the folder that was indexed."
    )
    prune: bool = Field(
        default=False, description="Forget images of the folder whose files are gone."
    )


@router.get("")
def list_collections(state: Current) -> list[CollectionTold]:
    """List the collections that are open."""
    return [_told(held, state) for held in state.shelf]


@router.post("", status_code=HTTPStatus.ACCEPTED)
def index_folder(asked: ToIndex, state: Current, response: Response) -> JobTold:
    """Index a folder in the background, into its own collection or a new one."""
    job = indexing.begin(state, asked.folder, asked.collection)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("/{collection}")
def show_collection(collection: CollectionId, state: Current) -> CollectionTold:
    """Tell what a collection holds."""
    return _told(state.shelf.get(collection), state)


@router.post("/{collection}/index", status_code=HTTPStatus.ACCEPTED)
def index_again(
    collection: CollectionId, state: Current, response: Response, asked: ToIndexAgain | None = None
) -> JobTold:
    """Look for photos that came or changed, in the background."""
    wanted = asked or ToIndexAgain()
    job = indexing.begin_again(state, state.shelf.get(collection), wanted.folder, wanted.prune)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("/{collection}/problems")
def list_problems(collection: CollectionId, state: Current) -> list[ProblemTold]:
    """List the files that could not be read, and why."""
    problems = state.shelf.get(collection).collection.problems()
    return [ProblemTold(path=readable(each.path), reason=each.reason) for each in problems]


def _told(held: Held, state: State) -> CollectionTold:
    info = held.collection.info()
    return CollectionTold(
        id=held.id,
        name=held.name,
        path=readable(info.path),
        images=info.images,
        captions=info.captions,
        problems=info.problems,
        encoders=[encoder.name for encoder in info.encoders],
        tags=[TagTold(name=name, count=count) for name, count in held.collection.tags().items()],
        busy=state.jobs.busy_with(held.id),
    )
