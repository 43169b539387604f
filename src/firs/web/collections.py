"""/api/v1/collections: what can be searched, and folders that are to be."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from firs.web import indexing
from firs.web.collection_registry import OpenCollection
from firs.web.jobs import JobResponse
from firs.web.problems import readable
from firs.web.requests import CollectionId, Folder
from firs.web.state import Current, State

router = APIRouter(prefix="/api/v1/collections", tags=["collections"])


class TagResponse(BaseModel):
    """A tag and how many images bear it."""

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
    encoders: list[str] = Field(description="Whose vectors it has, the default first.")
    tags: list[TagResponse]
    busy: str | None = Field(description="The id of the job that works on it, if one does.")


class ProblemResponse(BaseModel):
    """A file that could not be read, and why."""

    path: str
    reason: str


class IndexRequest(BaseModel):
    """A folder that is to be indexed."""

    folder: Folder = Field(description="The whole path of a folder of photos, on the server.")
    collection: Folder | None = Field(
        default=None, description="Where to keep the collection; by default in the folder itself."
    )


class ReindexRequest(BaseModel):
    """The folder to index again."""

    folder: Folder | None = Field(
        default=None, description="By default, the folder that was indexed."
    )
    prune: bool = Field(
        default=False, description="Forget images of the folder whose files are gone."
    )


@router.get("")
def list_collections(state: Current) -> list[CollectionResponse]:
    """List the collections that are open."""
    return [_collection_response(opened, state) for opened in state.shelf]


@router.post("", status_code=HTTPStatus.ACCEPTED)
def index_folder(body: IndexRequest, state: Current, response: Response) -> JobResponse:
    """Index a folder in the background, into its own collection or a new one."""
    job = indexing.begin(state, body.folder, body.collection)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("/{collection}")
def show_collection(collection: CollectionId, state: Current) -> CollectionResponse:
    """Summarize a collection."""
    return _collection_response(state.shelf.get(collection), state)


@router.post("/{collection}/index", status_code=HTTPStatus.ACCEPTED)
def index_again(
    collection: CollectionId,
    state: Current,
    response: Response,
    body: ReindexRequest | None = None,
) -> JobResponse:
    """Look for photos that came or changed, in the background."""
    wanted = body or ReindexRequest()
    job = indexing.begin_again(state, state.shelf.get(collection), wanted.folder, wanted.prune)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("/{collection}/problems")
def list_problems(collection: CollectionId, state: Current) -> list[ProblemResponse]:
    """List the files that could not be read, and why."""
    problems = state.shelf.get(collection).collection.problems()
    return [ProblemResponse(path=readable(each.path), reason=each.reason) for each in problems]


def _collection_response(opened: OpenCollection, state: State) -> CollectionResponse:
    info = opened.collection.info()
    return CollectionResponse(
        id=opened.id,
        name=opened.name,
        path=readable(info.path),
        images=info.images,
        captions=info.captions,
        problems=info.problems,
        encoders=[encoder.name for encoder in info.encoders],
        tags=[
            TagResponse(name=name, count=count) for name, count in opened.collection.tags().items()
        ],
        busy=state.jobs.busy_with(opened.id),
    )
