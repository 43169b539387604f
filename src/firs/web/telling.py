"""Sessions, rounds and results as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.query import Term, Words
from firs.session import Change, Comparison, Result, Round, Session
from firs.web.images import version
from firs.web.names import readable
from firs.web.shelf import Held

Kind = Literal["relevant", "irrelevant", "found"]


class TermTold(BaseModel):
    """A term of a query."""

    kind: Literal["text", "image", "upload"]
    text: str | None = None
    image: int | None = None
    upload: str | None = Field(default=None, description="Under which it can be asked with again.")
    name: str | None = None
    thumbnail: str | None = Field(default=None, description="The address of its picture.")
    weight: float


class MarksTold(BaseModel):
    """What was marked on a round, by the ids of images."""

    relevant: list[int]
    irrelevant: list[int]
    found: int | None
    cleared: list[int] = Field(description="Marked on an earlier round, and no longer.")


class RoundTold(BaseModel):
    """One ranking of a session."""

    number: int
    parent: int | None
    method: str
    strength: float
    told: str = Field(description="What was done to get here, and why.")
    total: int
    marks: MarksTold


class SessionTold(BaseModel):
    """A query and its rounds; with ``first``, the best results of its current round too."""

    id: str
    collection: str
    told: str = Field(description="The query in one line.")
    encoder: str
    terms: list[TermTold]
    current: int = Field(description="The number of the newest round, or the one gone back to.")
    remarks: list[str]
    can_undo: bool
    rounds: list[RoundTold]
    results: "ResultsTold | None" = None


class SavedTold(BaseModel):
    """A saved session at a glance."""

    id: str
    told: str
    created_at: datetime
    changed_at: datetime
    rounds: int


class BecauseTold(BaseModel):
    """A mark that moved an image."""

    id: int
    mark: Kind
    weight: float
    rank_when_marked: int | None


class ThroughTold(BaseModel):
    """Texts by which an image stands higher than by what it looks like."""

    by: Literal["words", "moved"]
    texts: list[str] = Field(description="A caption, or queries that it was accepted for.")
    added: float = Field(description="By how much its score rose.")


class WordingTold(BaseModel):
    """Added words that moved an image, and by how many spreads of scores."""

    text: str
    weight: float


class ResultTold(BaseModel):
    """One image of a round."""

    rank: int
    id: int
    score: float
    probability: float | None = Field(
        description="How likely it is the one that was meant, if it is here; null if unknown."
    )
    before: int | None = Field(description="Its rank in the round before.")
    mark: Kind | None
    seen: bool
    name: str
    width: int
    height: int
    version: str = Field(description="Names its content, for addresses of thumbnails.")
    because: list[BecauseTold]
    through: list[ThroughTold]
    words: list[WordingTold] = Field(description="Added words that moved it.")


class ResultsTold(BaseModel):
    """Some results of a round, best first."""

    round: int
    total: int
    start: int
    weak: bool | None = Field(description="Whether nothing matches well; null if unknown.")
    likely: int | None = Field(
        description="So many of the first results hold the one meant, nine times of ten."
    )
    results: list[ResultTold]


class ChangeTold(BaseModel):
    """An image's rank in two rounds."""

    id: int
    before: int | None
    after: int | None


class ComparisonTold(BaseModel):
    """What changed from one round to another."""

    rose: list[ChangeTold]
    fell: list[ChangeTold]
    came: list[ChangeTold]
    left: list[ChangeTold]


def told_of(session: Session, held: Held, first: int = 0) -> SessionTold:
    """A session, and so many of its current round's results."""
    terms = session.query.terms
    return SessionTold(
        id=session.id,
        collection=held.id,
        told=readable(str(session.query)),
        encoder=session.encoder,
        terms=[_term(term, f"{session.id}-{at}", held) for at, term in enumerate(terms)],
        current=session.round.number,
        remarks=list(session.remarks),
        can_undo=session.can_undo,
        rounds=[_round(each) for each in session.rounds],
        results=results_of(session, session.round, 0, first, held) if first else None,
    )


def results_of(session: Session, round_: Round, start: int, count: int, held: Held) -> ResultsTold:
    """Some results of a round."""
    results = round_.results(start, count)
    records = {each.id: each for each in held.collection.images([r.hit.id for r in results])}
    ranks = _ranks_when_marked(session, round_, results)
    return ResultsTold(
        round=round_.number,
        total=len(round_),
        start=start,
        weak=round_.is_weak,
        likely=round_.likely,
        results=[_result(each, records[each.hit.id], ranks) for each in results],
    )


def comparison_of(compared: Comparison) -> ComparisonTold:
    """What changed from one round to another."""
    return ComparisonTold(
        rose=_changes(compared.rose),
        fell=_changes(compared.fell),
        came=_changes(compared.came),
        left=_changes(compared.left),
    )


def _term(term: Term, key: str, held: Held) -> TermTold:
    what = term.what
    if isinstance(what, Words):
        return TermTold(kind="text", text=what.text, weight=term.weight)
    if isinstance(what.example, int):
        address = f"/api/v1/collections/{held.id}/images/{what.example}/thumbnail"
        return TermTold(
            kind="image",
            image=what.example,
            name=_name(what.example, held),
            thumbnail=address,
            weight=term.weight,
        )
    return TermTold(
        kind="upload",
        upload=key,
        name=str(what),
        thumbnail=f"/api/v1/uploads/{key}/thumbnail?collection={held.id}",
        weight=term.weight,
    )


def _name(image: int, held: Held) -> str | None:
    """The name of an image's file; none where the image has left the collection."""
    try:
        return readable(held.collection.image(image).path.name)
    except InputError:
        return None


def _round(round_: Round) -> RoundTold:
    marks = round_.marks
    return RoundTold(
        number=round_.number,
        parent=round_.parent.number if round_.parent else None,
        method=round_.method,
        strength=round_.strength,
        told=round_.told,
        total=len(round_),
        marks=MarksTold(
            relevant=list(marks.relevant),
            irrelevant=list(marks.irrelevant),
            found=marks.found,
            cleared=list(marks.cleared),
        ),
    )


def _result(result: Result, image: ImageRecord, ranks: dict[int, int | None]) -> ResultTold:
    return ResultTold(
        rank=result.hit.rank,
        id=result.hit.id,
        score=result.hit.score,
        probability=result.probability,
        before=result.before,
        mark=result.mark,
        seen=result.seen,
        name=readable(image.path.name),
        width=image.width,
        height=image.height,
        version=version(image),
        because=[
            BecauseTold(
                id=each.id, mark=each.mark, weight=each.weight, rank_when_marked=ranks.get(each.id)
            )
            for each in result.because
        ],
        through=[
            ThroughTold(by=each.by, texts=[readable(text) for text in each.texts], added=each.added)
            for each in result.through
        ],
        words=[WordingTold(text=each.text, weight=each.weight) for each in result.words],
    )


def _ranks_when_marked(
    session: Session, round_: Round, results: Sequence[Result]
) -> dict[int, int | None]:
    """Where the images whose marks moved some results stood when they were marked."""
    ids = {each.id for result in results for each in result.because}
    return {id_: session.rounds[round_.by[id_].round].rank(id_) for id_ in ids}


def _changes(changes: Sequence[Change]) -> list[ChangeTold]:
    return [ChangeTold(id=each.id, before=each.before, after=each.after) for each in changes]
