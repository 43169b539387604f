"""Sessions, rounds and results as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.query import Term, TextTerm
from firs.session import Change, Comparison, Result, Round, Session
from firs.web.collection_registry import OpenCollection
from firs.web.images import version
from firs.web.problems import readable

Kind = Literal["relevant", "irrelevant", "found"]


class TermResponse(BaseModel):
    """A term of a query."""

    kind: Literal["text", "image", "upload"]
    text: str | None = None
    image: int | None = None
    upload: str | None = Field(default=None, description="The id to use for it in another query.")
    name: str | None = None
    thumbnail: str | None = Field(default=None, description="The address of its picture.")
    weight: float


class MarksResponse(BaseModel):
    """The marks of a round, by the ids of images."""

    relevant: list[int]
    irrelevant: list[int]
    found: int | None
    cleared: list[int] = Field(description="Marked in an earlier round, but no longer.")


class RoundResponse(BaseModel):
    """One ranking of a session."""

    number: int
    parent: int | None
    method: str
    strength: float
    summary: str = Field(description="How this round was made, and why.")
    total: int
    marks: MarksResponse


class SessionResponse(BaseModel):
    """A query and its rounds; with ``first``, the best results of its current round too."""

    id: str
    collection: str
    summary: str = Field(description="The query in one line.")
    encoder: str
    terms: list[TermResponse]
    current: int = Field(description="The number of the newest round, or the one gone back to.")
    warnings: list[str]
    can_undo: bool
    rounds: list[RoundResponse]
    results: "ResultsResponse | None" = None


class SavedSessionResponse(BaseModel):
    """A saved session at a glance."""

    id: str
    summary: str
    created_at: datetime
    changed_at: datetime
    rounds: int


class MarkInfluenceResponse(BaseModel):
    """A mark that moved an image."""

    id: int
    mark: Kind
    weight: float
    rank_when_marked: int | None


class ExpansionMatchResponse(BaseModel):
    """Texts that raise an image's score above that of its own embedding."""

    by: Literal["words", "moved"]
    texts: list[str] = Field(description="A caption, or queries that it was accepted for.")
    added: float = Field(description="The increase of its score.")


class TermInfluenceResponse(BaseModel):
    """Added words that moved an image, and by how many spreads of scores."""

    text: str
    weight: float


class ResultResponse(BaseModel):
    """One image of a round."""

    rank: int
    id: int
    score: float
    probability: float | None = Field(
        description="Probability that it is the target, if the target exists; null if unknown."
    )
    previous_rank: int | None = Field(description="Its rank in the previous round.")
    mark: Kind | None
    seen: bool
    name: str
    width: int
    height: int
    version: str = Field(description="Names its content, for addresses of thumbnails.")
    mark_influences: list[MarkInfluenceResponse]
    matched_via: list[ExpansionMatchResponse]
    term_influences: list[TermInfluenceResponse] = Field(description="Added words that moved it.")


class ResultsResponse(BaseModel):
    """Some results of a round, best first."""

    round: int
    total: int
    start: int
    is_weak: bool | None = Field(description="Whether nothing matches well; null if unknown.")
    credible_set_size: int | None = Field(
        description="Number of top results that contain the target with a probability of 90 %."
    )
    results: list[ResultResponse]


class RankChangeResponse(BaseModel):
    """An image's rank in two rounds."""

    id: int
    previous_rank: int | None
    new_rank: int | None


class ComparisonResponse(BaseModel):
    """Changes from one round to another."""

    rose: list[RankChangeResponse]
    fell: list[RankChangeResponse]
    came: list[RankChangeResponse]
    left: list[RankChangeResponse]


def session_response(session: Session, opened: OpenCollection, first: int = 0) -> SessionResponse:
    """Return a session with the first results of its current round."""
    terms = session.query.terms
    return SessionResponse(
        id=session.id,
        collection=opened.id,
        summary=readable(str(session.query)),
        encoder=session.encoder,
        terms=[_term(term, f"{session.id}-{at}", opened) for at, term in enumerate(terms)],
        current=session.round.number,
        warnings=list(session.warnings),
        can_undo=session.can_undo,
        rounds=[_round(each) for each in session.rounds],
        results=results_of(session, session.round, 0, first, opened) if first else None,
    )


def results_of(
    session: Session, round_: Round, start: int, count: int, opened: OpenCollection
) -> ResultsResponse:
    """Return some results of a round."""
    results = round_.results(start, count)
    records = {each.id: each for each in opened.collection.images([r.hit.id for r in results])}
    ranks = _ranks_when_marked(session, round_, results)
    return ResultsResponse(
        round=round_.number,
        total=len(round_),
        start=start,
        is_weak=round_.is_weak,
        credible_set_size=round_.credible_set_size,
        results=[_result(each, records[each.hit.id], ranks) for each in results],
    )


def comparison_of(compared: Comparison) -> ComparisonResponse:
    """Return the changes from one round to another."""
    return ComparisonResponse(
        rose=_changes(compared.rose),
        fell=_changes(compared.fell),
        came=_changes(compared.came),
        left=_changes(compared.left),
    )


def _term(term: Term, key: str, opened: OpenCollection) -> TermResponse:
    what = term.what
    if isinstance(what, TextTerm):
        return TermResponse(kind="text", text=what.text, weight=term.weight)
    if isinstance(what.example, int):
        address = f"/api/v1/collections/{opened.id}/images/{what.example}/thumbnail"
        return TermResponse(
            kind="image",
            image=what.example,
            name=_name(what.example, opened),
            thumbnail=address,
            weight=term.weight,
        )
    return TermResponse(
        kind="upload",
        upload=key,
        name=str(what),
        thumbnail=f"/api/v1/uploads/{key}/thumbnail?collection={opened.id}",
        weight=term.weight,
    )


def _name(image: int, opened: OpenCollection) -> str | None:
    """Return the name of an image's file; None if the image was removed."""
    try:
        return readable(opened.collection.image(image).path.name)
    except InputError:
        return None


def _round(round_: Round) -> RoundResponse:
    marks = round_.marks
    return RoundResponse(
        number=round_.number,
        parent=round_.parent.number if round_.parent else None,
        method=round_.method,
        strength=round_.strength,
        summary=round_.summary,
        total=len(round_),
        marks=MarksResponse(
            relevant=list(marks.relevant),
            irrelevant=list(marks.irrelevant),
            found=marks.found,
            cleared=list(marks.cleared),
        ),
    )


def _result(result: Result, image: ImageRecord, ranks: dict[int, int | None]) -> ResultResponse:
    return ResultResponse(
        rank=result.hit.rank,
        id=result.hit.id,
        score=result.hit.score,
        probability=result.probability,
        previous_rank=result.previous_rank,
        mark=result.mark,
        seen=result.seen,
        name=readable(image.path.name),
        width=image.width,
        height=image.height,
        version=version(image),
        mark_influences=[
            MarkInfluenceResponse(
                id=each.id, mark=each.mark, weight=each.weight, rank_when_marked=ranks.get(each.id)
            )
            for each in result.mark_influences
        ],
        matched_via=[
            ExpansionMatchResponse(
                by=each.by, texts=[readable(text) for text in each.texts], added=each.added
            )
            for each in result.matched_via
        ],
        term_influences=[
            TermInfluenceResponse(text=each.text, weight=each.weight)
            for each in result.term_influences
        ],
    )


def _ranks_when_marked(
    session: Session, round_: Round, results: Sequence[Result]
) -> dict[int, int | None]:
    """Return the ranks of the influential marked images at the time when they were marked."""
    ids = {each.id for result in results for each in result.mark_influences}
    return {id_: session.rounds[round_.marks_used[id_].round].rank(id_) for id_ in ids}


def _changes(changes: Sequence[Change]) -> list[RankChangeResponse]:
    return [
        RankChangeResponse(id=each.id, previous_rank=each.previous_rank, new_rank=each.new_rank)
        for each in changes
    ]
