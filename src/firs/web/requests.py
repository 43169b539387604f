"""The terms of a request → a query."""

from collections.abc import Callable
from typing import Annotated, Self, TypeAlias

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, model_validator

from firs.query import ImageTerm, Query, Term, TextTerm

MOST_IMAGES = 10_000
"""In one list of a request."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return text


ID = r"^[A-Za-z0-9_-]+$"

CollectionId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
SessionId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
JobId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
UploadId: TypeAlias = Annotated[str, Path(pattern=ID, max_length=80)]
ImageInPath: TypeAlias = Annotated[int, Path(ge=1, le=2**53)]
RoundInPath: TypeAlias = Annotated[int, Path(ge=0, le=1_000_000)]

ImageId: TypeAlias = Annotated[int, Field(ge=1, le=2**53)]
ImageIds: TypeAlias = Annotated[list[ImageId], Field(max_length=MOST_IMAGES)]
Text: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=1_000), AfterValidator(_without_nul)
]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
Folder: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=4_096), AfterValidator(_without_nul)
]

MOST_TERMS = 32
MOST_RESULTS = 500
MOST_ROUNDS = 500
"""In one session: each keeps the scores of all images in memory."""


GetExample: TypeAlias = Callable[[str], ImageTerm]
"""The id of an example picture → the picture."""


class TermRequest(BaseModel):
    """A text, an image of the collection, or an example image: one of the three."""

    text: Text | None = None
    image: ImageId | None = None
    upload: Name | None = Field(default=None, description="The id of an example picture.")
    weight: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] = Field(
        default=1.0, description="Negative: what the picture should not be; never 0."
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
    encoder: Name | None = Field(default=None, description="Whose vectors; else the first's.")
    calibrated: bool = Field(default=True, description="False leaves calibration out.")
    expanded: bool = Field(default=True, description="False leaves expansion out.")


def query_of(body: QueryRequest, get_example: GetExample) -> Query:
    """Make the query.

    Raises:
        NotFound: an example picture is no longer stored.
        InputError: there are no words in a text.
    """
    return Query(tuple(Term(_what(term, get_example), term.weight) for term in body.terms))


def _what(term: TermRequest, get_example: GetExample) -> TextTerm | ImageTerm:
    if term.text is not None:
        return TextTerm(term.text)
    if term.image is not None:
        return ImageTerm(term.image)
    return get_example(term.upload or "")
