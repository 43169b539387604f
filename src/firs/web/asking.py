"""The terms of a request → a query."""

from collections.abc import Callable
from typing import Annotated, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

from firs.query import ImageTerm, Query, Term, TextTerm
from firs.web.values import MOST_TERMS, ImageId, Name, Text

GetExample: TypeAlias = Callable[[str], ImageTerm]
"""The id of an example picture → the picture."""


class TermRequest(BaseModel):
    """TextTerm, an image of the collection, or an example picture: one of the three."""

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
    """What is looked for."""

    terms: Annotated[list[TermRequest], Field(min_length=1, max_length=MOST_TERMS)]
    way: Name | None = Field(default=None, description="How several terms are answered.")
    encoder: Name | None = Field(default=None, description="Whose vectors; else the first's.")
    calibrated: bool = Field(default=True, description="False leaves calibration out.")
    expanded: bool = Field(default=True, description="False leaves expansion out.")


def query_of(asked: QueryRequest, get_example: GetExample) -> Query:
    """Make the query.

    Raises:
        NotFound: an example picture is no longer stored.
        InputError: there are no words in a text.
    """
    return Query(tuple(Term(_what(term, get_example), term.weight) for term in asked.terms))


def _what(term: TermRequest, get_example: GetExample) -> TextTerm | ImageTerm:
    if term.text is not None:
        return TextTerm(term.text)
    if term.image is not None:
        return ImageTerm(term.image)
    return get_example(term.upload or "")
