"""Options as dataclasses: how they are declared, and those that several commands share."""

import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from firs.errors import CollectionNotFound, InputError
from firs.sources.paths import is_url, plain
from firs.storage.paths import Place, find_collection, inside, is_address

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.filters import Filter
    from firs.query import Query


def argument(metavar: str, text: str, *, default: Any = None, **settings: Any) -> Any:
    """Declare a field of a dataclass of options to be a positional argument.

    Args:
        metavar: the placeholder of its value in the help.
        text: the help.
        default: the default; ``...`` makes the argument required.
        settings: further parameters of ``typer.Argument``.
    """
    show = default not in (None, ...)
    info = typer.Argument(metavar=metavar, help=text, show_default=show, **settings)
    return field(default=MISSING if default is ... else default, metadata={"typer": info})


def option(metavar: str, text: str, *names: str, default: Any = None, **settings: Any) -> Any:
    """Declare a field to be an option with a value, by default named after the field.

    The help shows a default that is not empty or zero.
    """
    show = bool(default)
    info = typer.Option(*names, metavar=metavar, help=text, show_default=show, **settings)
    return field(default=default, metadata={"typer": info})


def flag(text: str, *names: str) -> Any:
    """Declare a field to be an option without a value."""
    return field(default=False, metadata={"typer": typer.Option(*names, help=text)})


@dataclass(frozen=True, slots=True)
class PlaceArgs:
    """Which collection."""

    collection: str | None = option(
        "PATH",
        "The collection, the folder that contains it, or its address on a server, such as "
        "milvus://HOST:19530/NAME. Default: the current folder's, or that of a folder above it.",
        "--collection",
        "-c",
    )

    def open(self, encoder: str | None = None) -> "Collection":
        """Open the existing collection.

        Raises:
            CollectionNotFound: there is none.
        """
        from firs.collection import Collection

        return Collection(collection_to_read(self.collection), encoder, create=False)


@dataclass(frozen=True, slots=True)
class EncoderArgs:
    """Which of a collection's encoders."""

    encoder: str | None = option("NAME", "Which of several encoders. Default: the first.")


KINDS = ("text", "image", "like", "not", "not-image")
"""Kinds of terms that ``--weight`` applies to."""


@dataclass(frozen=True, slots=True)
class QueryArgs:
    """The terms of a query as typed; each kind of term has one weight.

    >>> str(QueryArgs(["a", "dog"], nots=["a leash"], weight=["not=0.5"]).query())
    '"a dog" - 0.5 * "a leash"'
    """

    words: list[str] | None = argument("TEXT", "What the picture shows, such as: a black cat.")
    image: list[Path] | None = option("FILE", "A similar picture; repeatable.", "--image", "-i")
    like: list[int] | None = option("ID", "A similar image of the collection, by id; repeatable.")
    nots: list[str] | None = option("TEXT", "What the picture does not show; repeatable.", "--not")
    not_image: list[Path] | None = option("FILE", "A dissimilar picture; repeatable.")
    weight: list[str] | None = option(
        "KIND=N",
        "The weight of a kind of term (text, image, like, not, not-image), or of one of "
        "several encoders. Default: 1.",
    )

    @property
    def text(self) -> str | None:
        """The words as one text; None without words."""
        return " ".join(self.words) if self.words else None

    def query(self, encoders: Sequence[str] = ()) -> "Query":
        """Return the query, text terms first.

        Args:
            encoders: names that ``--weight`` may have besides the kinds of terms.

        Raises:
            InputError: the query is empty, or a weight is invalid.
        """
        from firs.query import Query, like, text

        weight = dict.fromkeys(KINDS, 1.0) | self._weights(encoders)
        parts = [
            *([] if self.text is None else [weight["text"] * text(self.text)]),
            *(weight["image"] * like(each) for each in self.image or ()),
            *(weight["like"] * like(each) for each in self.like or ()),
            *(-weight["not"] * text(each) for each in self.nots or ()),
            *(-weight["not-image"] * like(each) for each in self.not_image or ()),
        ]
        if not parts:
            raise InputError(
                'Describe what to find, as in: firs search "a black cat", or --image FILE.'
            )
        return Query(tuple(term for part in parts for term in part.terms))

    def encoder_weights(self, encoders: Sequence[str]) -> list[float] | None:
        """Return the weights of several encoders, 1 where none is given; None without any.

        Raises:
            InputError: a weight is invalid.
        """
        typed = self._weights(encoders)
        if not typed.keys() & set(encoders):
            return None
        return [typed.get(name, 1.0) for name in encoders]

    def _weights(self, encoders: Sequence[str]) -> dict[str, float]:
        return dict(_parse_weight(each, (*KINDS, *encoders)) for each in self.weight or ())


def _parse_weight(typed: str, kinds: Sequence[str]) -> tuple[str, float]:
    kind, _, number = typed.partition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = 0.0
    if kind not in kinds or not 0 < weight < float("inf"):
        raise InputError(
            f"A weight is one of {', '.join(kinds)} and a number above 0, "
            f"as in --weight image=0.5, not {typed!r}."
        )
    return kind, weight


@dataclass(frozen=True, slots=True)
class FilterArgs:
    """The images that may be found, as typed; all conditions must be met."""

    within: list[str] | None = option(
        "GLOB", "Only matching paths: '2024/**'; several: any.", "--in"
    )
    after: str | None = option("DATE", "Only files modified from then on, as 2024 or 2024-06-15.")
    before: str | None = option("DATE", "Only files modified before then.")
    larger: str | None = option("SIZE", "Only files of at least this size: 500kB, 1MB or 2MiB.")
    smaller: str | None = option("SIZE", "Only files smaller than this.")
    tag: list[str] | None = option("TAG", "Only images with this tag; several: all.", "--tag")

    def filter(self) -> "Filter | None":
        """Return the filter; None without any condition.

        Raises:
            InputError: a date, a size or a pattern is malformed, or nothing can pass.
        """
        if self == FilterArgs():
            return None
        from firs.filters import Filter, parse_date, parse_size

        where = Filter(
            within=tuple(self.within or ()),
            after=None if self.after is None else parse_date(self.after),
            before=None if self.before is None else parse_date(self.before),
            larger=None if self.larger is None else parse_size(self.larger),
            smaller=None if self.smaller is None else parse_size(self.smaller),
            tags=tuple(self.tag or ()),
        )
        return where or None


def collection_to_read(given: str | Path | None) -> Place:
    """Return the collection at ``given``, or without it the one of the current folder.

    Raises:
        CollectionNotFound: there is none here or in a folder above.
    """
    return find_collection(Path.cwd()) if given is None else _resolve(given)


def collection_to_fill(given: str | Path | None, sources: Sequence[Path]) -> Place:
    """Return the collection for the images of ``sources``; it need not exist yet.

    Without ``given`` that is the collection that they are already in, or else ``.firs`` in the
    folder itself.

    Raises:
        InputError: a source does not exist, or they belong to several collections.
    """
    from firs.collection.places import home_of
    from firs.sources.shards import folder_of

    sources = [Path(plain(folder_of(str(source)))) for source in sources]
    for source in sources:
        if not is_url(str(source)) and not source.exists():
            raise InputError(f"{source} does not exist. Name a folder of photos.")
    if given is not None:
        return _resolve(given)
    if any(is_url(str(source)) for source in sources):
        raise InputError("Name a location for the collection of a URL: --collection PATH")
    homes = {home_of(source if source.is_dir() else source.parent) for source in sources}
    if len(homes) > 1:
        raise InputError(
            "These folders have no collection in common. Name a location for one: --collection PATH"
        )
    return homes.pop()


def limit_server_wait(given: str | None) -> AbstractContextManager[None]:
    """Limit how long one request waits for the server of a collection; a folder needs no limit."""
    if given is None or not is_address(given):
        return nullcontext()
    from firs.milvus.retry import limit_wait

    return limit_wait()


def option_for(collection: Place) -> str:
    """Return the option that selects this collection from here; empty if it is the default."""
    try:
        found = str(find_collection(Path.cwd()))
    except CollectionNotFound:
        found = ""
    return "" if found == str(collection) else f" --collection {shlex.quote(str(collection))}"


def _resolve(given: str | Path) -> Place:
    return str(given) if is_address(given) else inside(Path(given))
