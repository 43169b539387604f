"""Refinement over HTTP: suggest other query words, and accept one; see ``firs.refinement``.

The language model is configured by the server's environment, never by a request.
"""

import threading
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs.errors import InputError
from firs.refinement import BANK, TERMS, Added, Settings, Suggestion, difference
from firs.session import Refinement
from firs.session.events import MOST_TERMS, STRONGEST
from firs.session.refinement import STRENGTH, RefinementTask
from firs.web.requests import MOST_IMAGES, CollectionId, Name, RoundInPath, SessionId, Text
from firs.web.responses import SessionResponse, session_response
from firs.web.sessions import require_room, round_of
from firs.web.state import Current

router = APIRouter(prefix="/api/v1/collections/{collection}/sessions", tags=["refinement"])

LLM, OPENAI = "llm", "openai"

AT_ONCE = 4
_free = threading.BoundedSemaphore(AT_ONCE)


class SuggestionsRequest(BaseModel):
    """The refiner and the captioner to use."""

    refiner: Name = Field(default=TERMS, description="terms, or llm where the server has one.")
    captioner: Name = Field(default=BANK, description="bank, or openai where the server has one.")

    @property
    def is_local(self) -> bool:
        """Whether no other server is used."""
        return (self.refiner, self.captioner) == (TERMS, BANK)


class AddedTermResponse(BaseModel):
    """A text term to add to the query; a negative weight lowers the scores of its matches."""

    text: Text
    weight: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] = 1.0


class PieceResponse(BaseModel):
    """A piece of the old text, the new one, or both."""

    kind: Literal["same", "gone", "new"]
    text: str


class SuggestionResponse(BaseModel):
    """A suggested query, which is optional."""

    label: str = Field(description="It in a few words, or the whole text.")
    text: str = Field(description="The query as it would read.")
    added: list[AddedTermResponse]
    why: str
    similarity: float | None = Field(description="How near it is to the old text, -1 to 1.")
    drifts: bool = Field(description="Whether that is far from what was asked.")
    difference: list[PieceResponse]


class SuggestionsResponse(BaseModel):
    """Suggestions, or one line on why there are none."""

    text: str = Field(description="The query that they refine.")
    by: str
    summary: str
    failed: bool
    suggestions: list[SuggestionResponse]


class RefineRequest(BaseModel):
    """A suggestion that is taken, or words of one's own."""

    text: Text = Field(description="The query as it then reads.")
    added: Annotated[list[AddedTermResponse], Field(max_length=MOST_TERMS)] = Field(
        default=[], description="What is searched for beside the query; without it, the text."
    )
    strength: Annotated[float, Field(ge=0, le=STRONGEST, allow_inf_nan=False)] = STRENGTH
    by: Name | None = Field(default=None, description="Who suggested it.")
    shown: Annotated[int, Field(ge=0, le=MOST_IMAGES)] | None = Field(
        default=None, description="How many of the round's first results were looked at."
    )
    again: bool = Field(default=True, description="Whether images that were seen may come again.")


@router.post("/{session}/rounds/{number}/suggestions")
def suggest(
    collection: CollectionId,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    body: SuggestionsRequest | None = None,
) -> SuggestionsResponse:
    """Suggest other words, by captions of what was ticked; the session stays as it is."""
    opened, wish = state.shelf.get(collection), body or SuggestionsRequest()
    _require_served(wish)
    with state.sessions.use(opened, session) as used:
        at = round_of(used, number).number
        task = used.prepare_refinement(wish.refiner, wish.captioner, round=at)
    # others may use the session while a model thinks
    return _suggestions_response(task.run() if wish.is_local else _in_turn(task))


@router.post("/{session}/rounds/{number}/refine")
def refine(
    collection: CollectionId,
    session: SessionId,
    number: RoundInPath,
    body: RefineRequest,
    state: Current,
) -> SessionResponse:
    """Search by a suggestion, or words of one's own, too; the new round is the current one."""
    opened = state.shelf.get(collection)
    with state.sessions.use(opened, session) as used:
        at = round_of(used, number).number
        require_room(used)
        used.accept(
            _suggestion(body),
            body.strength,
            by=body.by or "typed",
            shown=body.shown,
            again=body.again,
            round=at,
        )
        return session_response(used, opened)


def _in_turn(task: RefinementTask) -> Refinement:
    """Run a refinement, unless too many are running: each call occupies a thread."""
    if not _free.acquire(blocking=False):
        summary = "The query stays as it is: others are asking the language model; try again."
        return Refinement((), summary, task.text, task.refiner, failed=True)
    try:
        return task.run()
    finally:
        _free.release()


def refiners_here() -> list[str]:
    """Return the refiners of this server: a language model only if one is configured."""
    return [TERMS, LLM] if Settings.of_environment().model else [TERMS]


def _require_served(wish: SuggestionsRequest) -> None:
    """Make sure that a request names nothing but what the server offers.

    Raises:
        InputError: it does.
    """
    known = {TERMS, LLM}, {BANK, OPENAI}
    for name, names in zip((wish.refiner, wish.captioner), known, strict=True):
        if name not in names:
            raise InputError(f"There is no {name!r} here. Choose one of: {', '.join(names)}.")


def _suggestion(body: RefineRequest) -> Suggestion:
    """Return the suggestion to accept.

    Raises:
        InputError: there are no words, or a weight is 0.
    """
    if any(not each.weight for each in body.added):
        raise InputError("A weight is not 0; leave out what should not count.")
    added = [Added(each.text, each.weight) for each in body.added] or [Added(body.text)]
    return Suggestion(body.text, tuple(added))


def _suggestions_response(found: Refinement) -> SuggestionsResponse:
    return SuggestionsResponse(
        text=found.text,
        by=found.by,
        summary=found.summary,
        failed=found.failed,
        suggestions=[_one(each, found.text) for each in found.suggestions],
    )


def _one(each: Suggestion, old: str) -> SuggestionResponse:
    return SuggestionResponse(
        label=each.label,
        text=each.text,
        added=[AddedTermResponse(text=one.text, weight=one.weight) for one in each.added],
        why=each.why,
        similarity=each.similarity,
        drifts=each.drifts,
        difference=[
            PieceResponse(kind=piece.kind, text=piece.text) for piece in difference(old, each.text)
        ],
    )
