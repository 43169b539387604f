"""What people say of the images on a server: all of it, or of images drawn as if by chance."""

from collections.abc import Iterator, Sequence

from firs.milvus.expressions import sample_expression
from firs.milvus.fields import KEY
from firs.milvus.records import Caption, captions_of
from firs.milvus.server import Server

Said = tuple[int, Sequence[Caption]]
"""An image and its captions."""

_AT_ONCE = 1_000
_CAPTIONED = "told > 0"


def all_said(server: Server, name: str) -> Iterator[Said]:
    """All images that have captions, by id."""
    yield from _captions_where(server, name, _CAPTIONED)


def some_said(server: Server, name: str, images: int) -> Iterator[Said]:
    """About so many images that have captions, drawn as if by chance: always the same ones.

    No more than these are read. Where there are few all are given.
    """
    count = server.count(name, _CAPTIONED)
    yield from _captions_where(
        server, name, " and ".join(filter(None, [_CAPTIONED, sample_expression(images, count)]))
    )


def _captions_where(server: Server, name: str, where: str) -> Iterator[Said]:
    for rows in server.iterate(name, where, ("captions",), size=_AT_ONCE):
        yield from ((int(row[KEY]), captions_of(row)) for row in rows)
