"""Values of requests, each with its bounds."""

from typing import Annotated, TypeAlias

from fastapi import Path
from pydantic import AfterValidator, Field

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
