"""Routes of sessions: a query, its rounds, and undo; a thin layer over ``firs.session``."""

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
from firs.search import DEFAULT as DEFAULT_STRATEGY
from firs.search import load_strategy
from firs.session import Comparison, Round, Session
from firs.session.document import query_from_json, strategy_of
from firs.sources.paths import readable
from firs.web.problems import NotFound
from firs.web.registries import Current, OpenCollection, Opened
from firs.web.schemas import (
    MOST_RESULTS,
    MOST_ROUNDS,
    MOST_TERMS,
    ImageId,
    ImageIds,
    Name,
    QueryRequest,
    ResultsResponse,
    RoundInPath,
    SavedSessionResponse,
    SessionId,
    SessionResponse,
    ShowsSeen,
    Viewed,
    parse_query,
    results_response,
    session_response,
)

MOST_EVENTS = 10_000

router = APIRouter(prefix="/api/v1/collections/{collection}/sessions", tags=["sessions"])

First = Annotated[
    int, Query(ge=0, le=MOST_RESULTS, description="How many results of the new round to include.")
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
    shown: Viewed = None
    again: ShowsSeen = True


class BranchRequest(BaseModel):
    """The round from which to branch a session."""

    round: Annotated[int, Field(ge=0, le=MOST_ROUNDS)] | None = None


@router.post("", status_code=HTTPStatus.CREATED)
def begin(opened: Opened, body: QueryRequest, state: Current, first: First = 0) -> SessionResponse:
    """Search: begin a session with a query."""
    query = parse_query(body, lambda id_: state.uploads.get([opened], id_))
    strategy = body.strategy or DEFAULT_STRATEGY
    load_strategy(strategy)  # a query of one term accepts any name
    opened.require_encoder(body.encoder)

    def start() -> Session:
        return Session.start(
            opened.collection,
            query,
            strategy=strategy,
            encoder=body.encoder,
            use_calibration=body.use_calibration,
            use_expansion=body.use_expansion,
        )

    return session_response(state.sessions.begin(opened, start), opened, first)


@router.get("")
def list_sessions(opened: Opened) -> list[SavedSessionResponse]:
    """List the saved sessions, most recently changed first."""
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


@router.post("/import", status_code=HTTPStatus.CREATED)
def import_session(
    opened: Opened, document: Annotated[dict[str, Any], Body()], state: Current
) -> SessionResponse:
    """Replay an exported session as a new session."""
    session = state.sessions.begin(opened, lambda: replay_document(opened, document))
    return session_response(session, opened)


@router.get("/{session}")
def show_session(opened: Opened, session: SessionId, state: Current) -> SessionResponse:
    """Return a session: its query and its rounds."""
    with state.sessions.use(opened, session) as used:
        return session_response(used, opened)


@router.delete("/{session}", status_code=HTTPStatus.NO_CONTENT)
def forget_session(opened: Opened, session: SessionId, state: Current) -> None:
    """Delete a session."""
    state.sessions.drop(opened, session)
    opened.collection.sessions.forget(session)


@router.post("/{session}/rounds/{number}/marks")
def mark(
    opened: Opened, session: SessionId, number: RoundInPath, body: MarksRequest, state: Current
) -> SessionResponse:
    """Mark images on a round; a new mark replaces an older one."""
    with state.sessions.use(opened, session) as used:
        require_round(used, number)
        used.mark(body.relevant, body.irrelevant, body.found, body.clear, round=number)
        return session_response(used, opened)


@router.post("/{session}/rounds/{number}/next")
def next_round(
    opened: Opened,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    body: NextRoundRequest | None = None,
    first: First = 0,
) -> SessionResponse:
    """Start the next round with the given marks; it becomes the current one."""
    params = body or NextRoundRequest()
    with state.sessions.use(opened, session) as used:
        require_round(used, number)
        require_capacity(used)
        used.next(
            params.method, params.strength, shown=params.shown, again=params.again, round=number
        )
        return session_response(used, opened, first)


@router.post("/{session}/undo")
def undo(opened: Opened, session: SessionId, state: Current) -> SessionResponse:
    """Undo the last marks or the last step, if there is one."""
    with state.sessions.use(opened, session) as used:
        used.undo()
        return session_response(used, opened)


@router.post("/{session}/branch", status_code=HTTPStatus.CREATED)
def branch(
    opened: Opened, session: SessionId, state: Current, body: BranchRequest | None = None
) -> SessionResponse:
    """Begin another session with the rounds up to one, by default the current one."""
    with state.sessions.use(opened, session) as used:
        last = used.round
        if body is not None and body.round is not None:
            last = require_round(used, body.round)
        copy = state.sessions.begin(opened, lambda: used.branch(last.number))
    return session_response(copy, opened)


@router.get("/{session}/rounds/{number}/results")
def show_results(
    opened: Opened,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> ResultsResponse:
    """Return some results of a round, best first."""
    with state.sessions.use(opened, session) as used:
        return results_response(used, require_round(used, number), start, count, opened)


@router.get("/{session}/compare")
def compare(
    opened: Opened,
    session: SessionId,
    a: RoundNumber,
    b: RoundNumber,
    state: Current,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 60,
) -> Comparison:
    """Compare rounds a and b: which of the first k results rose, fell, appeared and left."""
    with state.sessions.use(opened, session) as used:
        return used.compare(require_round(used, a).number, require_round(used, b).number, k)


@router.get("/{session}/export", response_class=JSONResponse)
def export(opened: Opened, session: SessionId, state: Current) -> Response:
    """Return the whole session as a JSON file, which can be imported again."""
    with state.sessions.use(opened, session) as used:
        return JSONResponse(used.to_json(), headers=_as_file(f"{session}.json"))


@router.get("/{session}/run", response_class=PlainTextResponse)
def export_run(opened: Opened, session: SessionId, state: Current) -> Response:
    """Return the first 1,000 results of every round in TREC's run format."""
    with state.sessions.use(opened, session) as used:
        return PlainTextResponse(used.trec_run(), headers=_as_file(f"{session}.run"))


def require_capacity(session: Session) -> None:
    """Make sure that another round fits.

    Raises:
        InputError: the session has as many rounds as it may have.
    """
    if len(session.rounds) >= MOST_ROUNDS:
        raise InputError(f"A session has at most {MOST_ROUNDS} rounds; branch from one.")


def require_round(session: Session, number: int) -> Round:
    """Return one round.

    Raises:
        NotFound: no round has this number.
    """
    if number >= len(session.rounds):
        raise NotFound(f"The session has no round {number}; its last is {len(session.rounds) - 1}.")
    return session.rounds[number]


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
        raise InputError(f"This file is no session that can be read ({error}).") from error


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


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
