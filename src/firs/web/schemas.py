"""The JSON of queries, sessions, rounds and results: what requests and responses contain.

Values that a response passes on unchanged, such as marks, have the classes of ``firs.session``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from firs.collection import ImageRecord
from firs.errors import InputError
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.session import Marks, Result, Round, Session, TermInfluence
from firs.sources.paths import readable
from firs.web.registries import ID, OpenCollection

MOST_IMAGES = 10_000
"""Images in one list of a request."""
MOST_TERMS = 32
MOST_RESULTS = 500
MOST_ROUNDS = 500
"""Rounds of one session: each has the scores of all images in memory."""


def _require_no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("it contains a NUL character; remove it")
    return text


SessionId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
JobId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
UploadId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
ImageInPath: TypeAlias = Annotated[int, Path(ge=1, le=2**53)]
RoundInPath: TypeAlias = Annotated[int, Path(ge=0, le=1_000_000)]

ImageId: TypeAlias = Annotated[int, Field(ge=1, le=2**53)]
ImageIds: TypeAlias = Annotated[list[ImageId], Field(max_length=MOST_IMAGES)]
Text: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=1_000), AfterValidator(_require_no_nul)
]
Name: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_require_no_nul)
]
Folder: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=4_096), AfterValidator(_require_no_nul)
]
Readable: TypeAlias = Annotated[str, BeforeValidator(readable)]
"""A path or text of a file in a response; bytes that are not UTF-8 become question marks."""
Viewed: TypeAlias = Annotated[
    Annotated[int, Field(ge=0, le=MOST_IMAGES)] | None,
    Field(description="How many of the round's first results were viewed."),
]
ShowsSeen: TypeAlias = Annotated[
    bool, Field(description="Whether images that were seen are shown again.")
]


class TermRequest(BaseModel):
    """A text, an image of the collection, or an example image: one of the three."""

    text: Text | None = None
    image: ImageId | None = None
    upload: Name | None = Field(default=None, description="The id of an example picture.")
    weight: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] = Field(
        default=1.0, description="Negative: what the picture should not show; never 0."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [self.text, self.image, self.upload]
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of text, image and upload")
        if self.weight == 0:
            raise ValueError("a weight is not 0; leave out what should not count")
        return self


class QueryRequest(BaseModel):
    """A query of one or more terms."""

    terms: Annotated[list[TermRequest], Field(min_length=1, max_length=MOST_TERMS)]
    strategy: Name | None = Field(
        default=None, description="The query strategy for several terms; by default early-fusion."
    )
    encoder: Name | None = Field(
        default=None, description="The encoder to search with; by default the first one."
    )
    use_calibration: bool = Field(default=True, description="False turns calibration off.")
    use_expansion: bool = Field(default=True, description="False turns expansion off.")


def parse_query(body: QueryRequest, get_example: Callable[[str], ImageTerm]) -> Query:
    """Convert the terms of a request to a query.

    Args:
        body: the request.
        get_example: returns the example picture with an id.

    Raises:
        NotFound: an example picture is no longer stored.
        InputError: a text has no words.
    """

    def parse(term: TermRequest) -> TextTerm | ImageTerm:
        if term.text is not None:
            return TextTerm(term.text)
        return get_example(term.upload or "") if term.image is None else ImageTerm(term.image)

    return Query(tuple(Term(parse(term), term.weight) for term in body.terms))


class ImageListItem(BaseModel):
    """An image in a list."""

    id: int
    name: str
    width: int
    height: int
    version: str = Field(description="Identifies its content, for addresses of thumbnails.")


def image_version(image: ImageRecord) -> str:
    """Return the identifier of an image's content for use in a URL."""
    return image.hash[:12]


class TermResponse(BaseModel):
    """A term of a query."""

    kind: Literal["text", "image", "upload"]
    text: str | None = None
    image: int | None = None
    upload: str | None = Field(default=None, description="The id to use for it in another query.")
    name: str | None = None
    thumbnail: str | None = Field(default=None, description="The address of its picture.")
    weight: float


class RoundResponse(BaseModel):
    """One ranking of a session."""

    number: int
    parent: int | None
    method: str
    strength: float
    summary: str = Field(description="How this round was made, and why.")
    total: int
    marks: Marks


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
    mark: Literal["relevant", "irrelevant", "found"]
    weight: float
    rank_when_marked: int | None


class ExpansionMatchResponse(BaseModel):
    """Texts that raise an image's score above that of its own embedding."""

    by: Literal["words", "moved"]
    texts: list[str] = Field(description="A caption, or queries that it was accepted for.")
    added: float = Field(description="The increase of its score.")


class ResultResponse(ImageListItem):
    """One image of a round."""

    rank: int
    score: float
    probability: float | None = Field(
        description="Probability that it is the target, if the target exists; null if unknown."
    )
    previous_rank: int | None = Field(description="Its rank in the previous round.")
    mark: Literal["relevant", "irrelevant", "found"] | None
    seen: bool
    mark_influences: list[MarkInfluenceResponse]
    matched_via: list[ExpansionMatchResponse]
    term_influences: tuple[TermInfluence, ...] = Field(description="Added terms that moved it.")


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


def session_response(session: Session, opened: OpenCollection, first: int = 0) -> SessionResponse:
    """Return a session with the first results of its current round."""
    terms = session.query.terms
    return SessionResponse(
        id=session.id,
        collection=opened.id,
        summary=readable(session.summary),
        encoder=session.encoder,
        terms=[_term_response(term, f"{session.id}-{at}", opened) for at, term in enumerate(terms)],
        current=session.round.number,
        warnings=list(session.warnings),
        can_undo=session.can_undo,
        rounds=[
            RoundResponse(
                number=each.number,
                parent=each.parent.number if each.parent else None,
                method=each.method,
                strength=each.strength,
                summary=each.summary,
                total=len(each),
                marks=each.marks,
            )
            for each in session.rounds
        ],
        results=results_response(session, session.round, 0, first, opened) if first else None,
    )


def results_response(
    session: Session, round_: Round, start: int, count: int, opened: OpenCollection
) -> ResultsResponse:
    """Return some results of a round."""
    results = round_.results(start, count)
    records = {each.id: each for each in opened.collection.images([r.hit.id for r in results])}
    ids = {each.id for result in results for each in result.mark_influences}
    ranks = {id_: session.rounds[round_.marks_used[id_].round].rank(id_) for id_ in ids}
    return ResultsResponse(
        round=round_.number,
        total=len(round_),
        start=start,
        is_weak=round_.is_weak,
        credible_set_size=round_.credible_set_size,
        results=[_result_response(each, records[each.hit.id], ranks) for each in results],
    )


def _term_response(term: Term, key: str, opened: OpenCollection) -> TermResponse:
    what = term.what
    if isinstance(what, TextTerm):
        return TermResponse(kind="text", text=what.text, weight=term.weight)
    if isinstance(what.example, int):
        return TermResponse(
            kind="image",
            image=what.example,
            name=_file_name(what.example, opened),
            thumbnail=f"/api/v1/collections/{opened.id}/images/{what.example}/thumbnail",
            weight=term.weight,
        )
    return TermResponse(
        kind="upload",
        upload=key,
        name=str(what),
        thumbnail=f"/api/v1/uploads/{key}/thumbnail?collection={opened.id}",
        weight=term.weight,
    )


def _file_name(image: int, opened: OpenCollection) -> str | None:
    """Return the name of an image's file; None if the image was removed."""
    try:
        return readable(opened.collection.image(image).path.name)
    except InputError:
        return None


def _result_response(
    result: Result, image: ImageRecord, ranks: dict[int, int | None]
) -> ResultResponse:
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
        version=image_version(image),
        mark_influences=[
            MarkInfluenceResponse(
                id=each.id, mark=each.mark, weight=each.weight, rank_when_marked=ranks[each.id]
            )
            for each in result.mark_influences
        ],
        matched_via=[
            ExpansionMatchResponse(
                by=each.by, texts=[readable(text) for text in each.texts], added=each.added
            )
            for each in result.matched_via
        ],
        term_influences=result.term_influences,
    )
