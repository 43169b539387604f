"""Routes of refinement: suggest a better query, and accept a suggestion; see ``firs.refinement``.

The language model is configured by the server's environment, never by a request.
"""

import threading
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firs.errors import InputError
from firs.refinement import BANK, TERMS, Added, Piece, Settings, Suggestion, difference
from firs.session import Refinement
from firs.session.events import MOST_TERMS, STRONGEST
from firs.session.refinement import STRENGTH, RefinementTask
from firs.web.registries import Current, Opened
from firs.web.schemas import (
    Name,
    RoundInPath,
    SessionId,
    SessionResponse,
    ShowsSeen,
    Text,
    Viewed,
    session_response,
)
from firs.web.sessions import require_capacity, require_round

router = APIRouter(prefix="/api/v1/collections/{collection}/sessions", tags=["refinement"])

LLM, OPENAI = "llm", "openai"

AT_ONCE = 4
_free = threading.BoundedSemaphore(AT_ONCE)


class SuggestionsRequest(BaseModel):
    """The refiner and the captioner to use."""

    refiner: Name = Field(default=TERMS, description="terms, or llm if the server has one.")
    captioner: Name = Field(default=BANK, description="bank, or openai if the server has one.")

    @property
    def is_local(self) -> bool:
        """Whether no other server is used."""
        return (self.refiner, self.captioner) == (TERMS, BANK)


class AddedTerm(BaseModel):
    """A text term to add to the query; a negative weight lowers the scores of its matches."""

    text: Text
    weight: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] = 1.0


class SuggestionResponse(BaseModel):
    """A suggested query, which is optional."""

    label: str = Field(description="It in a few words, or the whole text.")
    text: str = Field(description="The query as it would read.")
    added: tuple[Added, ...]
    why: str
    similarity: float | None = Field(description="Similarity to the old text, -1 to 1.")
    drifts: bool = Field(description="Whether that is far from the original query.")
    difference: list[Piece]


class SuggestionsResponse(BaseModel):
    """Suggestions, or one line on why there are none."""

    text: str = Field(description="The query that they refine.")
    by: str
    summary: str
    failed: bool
    suggestions: list[SuggestionResponse]


class RefineRequest(BaseModel):
    """A suggestion that is accepted, or the user's own words."""

    text: Text = Field(description="The query as it then reads.")
    added: Annotated[list[AddedTerm], Field(max_length=MOST_TERMS)] = Field(
        default=[], description="The terms to add to the query; by default the text."
    )
    strength: Annotated[float, Field(ge=0, le=STRONGEST, allow_inf_nan=False)] = STRENGTH
    by: Name | None = Field(default=None, description="The refiner that suggested it.")
    shown: Viewed = None
    again: ShowsSeen = True


@router.post("/{session}/rounds/{number}/suggestions")
def suggest(
    opened: Opened,
    session: SessionId,
    number: RoundInPath,
    state: Current,
    body: SuggestionsRequest | None = None,
) -> SuggestionsResponse:
    """Suggest other words, by captions of the relevant images; the session does not change."""
    params = body or SuggestionsRequest()
    _require_available(params)
    with state.sessions.use(opened, session) as used:
        require_round(used, number)
        task = used.prepare_refinement(params.refiner, params.captioner, round=number)
    # others may use the session while a model thinks
    found = task.run() if params.is_local else _run_limited(task)
    return SuggestionsResponse(
        text=found.text,
        by=found.by,
        summary=found.summary,
        failed=found.failed,
        suggestions=[
            SuggestionResponse(
                label=each.label,
                text=each.text,
                added=each.added,
                why=each.why,
                similarity=each.similarity,
                drifts=each.drifts,
                difference=difference(found.text, each.text),
            )
            for each in found.suggestions
        ],
    )


@router.post("/{session}/rounds/{number}/refine")
def refine(
    opened: Opened, session: SessionId, number: RoundInPath, body: RefineRequest, state: Current
) -> SessionResponse:
    """Add a suggestion, or the user's own words, to the query; the new round is the current one."""
    with state.sessions.use(opened, session) as used:
        require_round(used, number)
        require_capacity(used)
        used.accept(
            _suggestion(body),
            body.strength,
            by=body.by or "typed",
            shown=body.shown,
            again=body.again,
            round=number,
        )
        return session_response(used, opened)


def available_refiners() -> list[str]:
    """Return the refiners of this server: a language model only if one is configured."""
    return [TERMS, LLM] if Settings.of_environment().model else [TERMS]


def _run_limited(task: RefinementTask) -> Refinement:
    """Run a refinement, unless too many are running: each call occupies a thread."""
    if not _free.acquire(blocking=False):
        reason = "The query stays as it is: others are asking the language model; try again."
        return Refinement((), reason, task.text, task.refiner, failed=True)
    try:
        return task.run()
    finally:
        _free.release()


def _require_available(params: SuggestionsRequest) -> None:
    """Make sure that a request names nothing but what the server offers.

    Raises:
        InputError: it names something else.
    """
    available = (params.refiner, (TERMS, LLM)), (params.captioner, (BANK, OPENAI))
    for name, names in available:
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
