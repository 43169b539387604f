"""The terms of a request → a query."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from firs.query import ImageTerm, Query, Term, TextTerm
from firs.web.upload_store import UploadStore
from firs.web.values import MOST_TERMS, ImageId, Name, Text


class TermRequest(BaseModel):
    """Words, an image of the collection, or an example picture: one of the three."""

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


def query_of(asked: QueryRequest, uploads: UploadStore) -> Query:
    """Make the query.

    Raises:
        Missing: an example picture is no longer kept.
        InputError: there are no words in a text.
    """
    return Query(tuple(Term(_what(term, uploads), term.weight) for term in asked.terms))


def _what(term: TermRequest, uploads: UploadStore) -> TextTerm | ImageTerm:
    if term.text is not None:
        return TextTerm(term.text)
    if term.image is not None:
        return ImageTerm(term.image)
    return uploads.get(term.upload or "").shown
