"""Sessions: a query, its rounds, and undo; a thin layer over ``firs.session``."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from firs.errors import InputError
from firs.feedback import DEFAULT as DEFAULT_METHOD
from firs.feedback import STRONGEST
from firs.imaging import decode
from firs.query import ImageTerm
from firs.search import DEFAULT as DEFAULT_WAY
from firs.search import load_strategy
from firs.session import Round, Session
from firs.session.document import query_from_json, strategy_of
from firs.web.collection_registry import OpenCollection
from firs.web.problems import NotFound, readable
from firs.web.requests import (
    MOST_IMAGES,
    MOST_RESULTS,
    MOST_ROUNDS,
    MOST_TERMS,
    CollectionId,
    ImageId,
    ImageIds,
    Name,
    QueryRequest,
    RoundInPath,
    SessionId,
    query_of,
)
from firs.web.responses import (
    ComparisonResponse,
    ResultsResponse,
    SavedSessionResponse,
    SessionResponse,
    comparison_of,
    results_of,
    session_response,
)
from firs.web.state import Current

MOST_EVENTS = 10_000


def saved_sessions(opened: OpenCollection) -> list[SavedSessionResponse]:
    """Return the saved sessions of a collection, most recently changed first."""
    return [
        SavedSessionResponse(
            id=record.id,
            summary=readable(str(query_from_json(record.document))),
            created_at=record.created_at,
            changed_at=record.changed_at,
            rounds=record.rounds,
        )
        for record in opened.collection.sessions.records()
    ]


def replay_document(opened: OpenCollection, document: dict[str, Any]) -> Session:
    """Replay an exported session.

    Raises:
        InputError: it is no session, or its events are inconsistent.
        ImageError: an image in it cannot be read.
        EncoderMismatch: it was made with other weights.
    """
    _require_bounds(document)
    try:
        _require_usable(document)
        opened.require_encoder(document.get("encoder"))
        return Session.replay(opened.collection, document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"This file holds no session that can be read ({error}).") from error


def _require_bounds(document: dict[str, Any]) -> None:
    terms, events = document.get("terms"), document.get("events", [])
    if not isinstance(terms, list) or not isinstance(events, list):
        raise InputError("This is no session that QT-FIRS wrote; export one first.")
    steps = sum(isinstance(each, dict) and each.get("kind") == "next" for each in events)
    if len(terms) > MOST_TERMS or len(events) > MOST_EVENTS or steps > MOST_ROUNDS:
        raise InputError(
            f"A session has at most {MOST_TERMS} terms, {MOST_ROUNDS} rounds and "
            f"{MOST_EVENTS:,} events."
        )


def _require_usable(document: dict[str, Any]) -> None:
    """Check the parts that replaying ignores but later use of the session needs."""
    load_strategy(strategy_of(document))
    for term in query_from_json(document).examples:
        if isinstance(term.what, ImageTerm) and isinstance(term.what.example, bytes):
            decode(term.what.example)


router = APIRouter(prefix="/api/v1/collections/{collection}/sessions", tags=["sessions"])

First = Annotated[
    int,
    Query(ge=0, le=MOST_RESULTS, description="How many results of the new round to give with it."),
]
RoundNumber = Annotated[int, Query(ge=0, le=MOST_ROUNDS)]


class MarksRequest(BaseModel):
    """Ids of images: relevant ones, irrelevant ones, the target that was found, those to unmark."""

    relevant: ImageIds = []
    irrelevant: ImageIds = []
    found: ImageId | None = None
    clear: ImageIds = []


class NextRoundRequest(BaseModel):
    """How to start the next round."""

    method: Name = DEFAULT_METHOD
    strength: Annotated[float, Field(ge=0, le=STRONGEST, allow_inf_nan=False)] = 1.0
    shown: Annotated[int, Field(ge=0, le=MOST_IMAGES)] | None = Field(
        default=None, description="How many of the round's first results were looked at."
    )
    again: bool = Field(default=True, description="Whether images that were seen may come again.")


class BranchRequest(BaseModel):
    """The round from which to branch a session."""

    round: Annotated[int, Field(ge=0, le=MOST_ROUNDS)] | None = None


@router.post("", status_code=HTTPStatus.CREATED)
def begin(
    collection: CollectionId, body: QueryRequest, state: Current, first: First = 0
) -> SessionResponse:
    """Search: begin a session with a query."""
    opened = state.shelf.get(collection)
    query = query_of(body, lambda id_: state.uploads.get([opened], id_))
    strategy = body.strategy or DEFAULT_WAY
    load_strategy(strategy)  # a query of one term takes any
    opened.require_encoder(body.encoder)

    def start() -> Session:
        return Session.start(
            opened.collection,
            query,
            strategy=strategy,
            encoder=body.encoder,
            use_calibration=body.calibrated,
            use_expansion=body.expanded,
        )

    return session_response(state.sessions.begin(opened, start), opened, first)


@router.get("")
def list_sessions(collection: CollectionId, state: Current) -> list[SavedSessionResponse]:
    """List the saved sessions, the one that was changed last first."""
    return saved_sessions(state.shelf.get(collection))


@router.post("/import", status_code=HTTPStatus.CREATED)
def import_session(
    collection: CollectionId, document: Annotated[dict[str, Any], Body()], state: Current
) -> SessionResponse:
    """Replay an exported session as a new session."""
    opened = state.shelf.get(collection)
    session = state.sessions.begin(opened, lambda: replay_document(opened, document))
    return session_response(session, opened)


@router.get("/{session}")
def show_session(collection: CollectionId, session: SessionId, state: Current) -> SessionResponse:
    """Return a session: its query and its rounds."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        return session_response(used, opened)


@router.delete("/{session}", status_code=HTTPStatus.NO_CONTENT)
def forget_session(collection: CollectionId, session: SessionId, state: Current) -> None:
    """Delete a session."""
    opened = state.shelf.get(collection)
    state.sessions.drop(opened, session)
    opened.collection.sessions.forget(session)


@router.post("/{session}/rounds/{number}/marks")
def mark(
    collection: CollectionId,
    session: SessionId,
    number: RoundInPath,
    body: MarksRequest,
    state: Current,
) -> SessionResponse:
    """Mark images on a round; a new mark takes the place of an older one."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        round_ = round_of(used, number)
        used.mark(body.relevant, body.irrelevant, body.found, body.clear, round=round_.number)
        return session_response(used, opened)


@router.post("/{session}/rounds/{number}/next")
def next_round(
    collection: CollectionId,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    body: NextRoundRequest | None = None,
    first: First = 0,
) -> SessionResponse:
    """Start the next round with the given marks; it becomes the current one."""
    opened, wish = state.shelf.get(collection), body or NextRoundRequest()
    with state.sessions.use(opened, session) as used:
        round_ = round_of(used, number)
        require_room(used)
        used.next(
            wish.method, wish.strength, shown=wish.shown, again=wish.again, round=round_.number
        )
        return session_response(used, opened, first)


@router.post("/{session}/undo")
def undo(collection: CollectionId, session: SessionId, state: Current) -> SessionResponse:
    """Take back the last marks or the last step, if there is one."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        used.undo()
        return session_response(used, opened)


@router.post("/{session}/branch", status_code=HTTPStatus.CREATED)
def branch(
    collection: CollectionId,
    session: SessionId,
    state: Current,
    body: BranchRequest | None = None,
) -> SessionResponse:
    """Begin another session with the rounds up to one, by default the current one."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        from_ = used.round if body is None or body.round is None else round_of(used, body.round)
        begun = state.sessions.begin(opened, lambda: used.branch(from_.number))
    return session_response(begun, opened)


@router.get("/{session}/rounds/{number}/results")
def show_results(
    collection: CollectionId,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> ResultsResponse:
    """Give some results of a round, best first."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        return results_of(used, round_of(used, number), start, count, opened)


@router.get("/{session}/compare")
def compare(
    collection: CollectionId,
    session: SessionId,
    a: RoundNumber,
    b: RoundNumber,
    state: Current,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> ComparisonResponse:
    """Compare rounds a and b: which of the first k results rose, fell, appeared and left."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        return comparison_of(used.compare(round_of(used, a).number, round_of(used, b).number, k))


@router.get("/{session}/export", response_class=JSONResponse)
def export(collection: CollectionId, session: SessionId, state: Current) -> Response:
    """Give all of a session as a JSON file, which can be replay_document again."""
    with state.sessions.use(state.shelf.get(collection), session) as used:
        return JSONResponse(used.to_json(), headers=_as_file(f"{session}.json"))


@router.get("/{session}/run", response_class=PlainTextResponse)
def give_run(collection: CollectionId, session: SessionId, state: Current) -> Response:
    """Give the first 1,000 results of every round in TREC's run format."""
    with state.sessions.use(state.shelf.get(collection), session) as used:
        return PlainTextResponse(used.trec_run(), headers=_as_file(f"{session}.run"))


def require_room(session: Session) -> None:
    """Make sure that another round fits.

    Raises:
        InputError: it does not.
    """
    if len(session.rounds) >= MOST_ROUNDS:
        raise InputError(f"A session has at most {MOST_ROUNDS} rounds; branch from one.")


def round_of(session: Session, number: int) -> Round:
    """Return one round.

    Raises:
        NotFound: there is none with this number.
    """
    if number >= len(session.rounds):
        raise NotFound(f"The session has no round {number}; its last is {len(session.rounds) - 1}.")
    return session.rounds[number]


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
