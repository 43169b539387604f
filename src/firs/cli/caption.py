"""``firs caption``: generate and store captions of a collection's images in advance."""

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import one_line, progress, say
from firs.cli.options import ReadFrom
from firs.errors import InputError, RefinementError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firs.collection import Collection, ImageRecord
    from firs.refinement import Captioner, Settings
    from firs.refinement.captioning import Captioned, CaptionOptions

Who: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="bank (captions of other images, no model), openai (a language model's server; see "
        "docs/refinement.md), or transformers:MODEL (a local model).",
    ),
]
Workers: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=64, help="How many images at once.")
]
Rate: TypeAlias = Annotated[
    float, typer.Option(metavar="N", min=0, help="Images a minute at most; 0 for no bound.")
]
Most: TypeAlias = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="How many at most.", show_default=False),
]
Price: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="IN,OUT",
        help="What a million tokens cost, read and written, as in 0.1,0.4; then money is told.",
        show_default=False,
    ),
]
Model: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Of the server's models; else FIRS_LLM_MODEL.", show_default=False
    ),
]
BaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Where the server is; else FIRS_LLM_BASE_URL.", show_default=False
    ),
]
Temperature: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="T", help="0 for the likeliest words; else 0.4.", show_default=False),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it starts.")]
Forget: TypeAlias = Annotated[
    bool, typer.Option("--forget", help="Remove all captions that captioners made.")
]
Whose: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose vectors the bank goes by, where the collection has several.",
        show_default=False,
    ),
]


def caption(
    captioner: Who = "bank",
    workers: Workers = 4,
    rate: Rate = 0,
    limit: Most = None,
    price: Price = None,
    model: Model = None,
    base_url: BaseUrl = None,
    temperature: Temperature = None,
    yes: Yes = False,
    forget: Forget = False,
    encoder: Whose = None,
    collection: ReadFrom = None,
) -> None:
    """Caption a collection ahead of time, so that refining a query need not wait for it.

    It can be stopped at any moment and continues where it stopped. With a server, one image is
    captioned first, and the cost of all is printed before the others are sent.

    Examples:
      firs caption
      firs caption --captioner openai --rate 15
      firs caption --captioner openai --price 0.1,0.4 --limit 500
      firs caption --captioner transformers:Salesforce/blip-image-captioning-base
      firs caption --forget
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection
    from firs.refinement import Settings
    from firs.refinement.captioning import CaptionOptions

    prices = _prices(price)
    with Collection(collection_to_read(collection), encoder, create=False) as opened:
        if forget:
            gone = opened.made_captions.forget()
            say(f"The captions of {gone:,} pictures are forgotten.")
            return
        settings = Settings.of_environment(
            model=model, base_url=base_url, temperature=temperature, patience=_PATIENCE
        )
        _caption(
            opened,
            captioner,
            settings,
            _CaptionArgs(CaptionOptions(workers, rate), limit, prices, yes),
        )


@dataclass(frozen=True, slots=True)
class _CaptionArgs:
    pace: "CaptionOptions"
    limit: int | None
    prices: tuple[float, float] | None
    yes: bool


def _caption(collection: "Collection", name: str, settings: "Settings", wish: _CaptionArgs) -> None:
    from firs.refinement.captioners import open_captioner
    from firs.refinement.captioning import caption_all, to_caption

    with (
        collection.open_searcher() as space,
        closing(open_captioner(name, collection, space, settings)) as who,
    ):
        images = to_caption(collection, who)[: wish.limit]
        if not images:
            say("All images are captioned.")
        elif not who.sends or _confirm_cost(collection, images, who, wish):
            with progress("captioning") as report:
                pace, vector_of = replace(wish.pace, progress=report), space.images.vector
                done = caption_all(collection, images, who, vector_of, pace)
            _tell(done, who)


def _confirm_cost(
    collection: "Collection", images: "Sequence[ImageRecord]", who: "Captioner", wish: _CaptionArgs
) -> bool:
    """Caption one image, show the estimated total cost, and prompt whether to continue.

    Raises:
        RefinementError: the captioner fails at once.
        InputError: there is no terminal to prompt on.
    """
    from firs.refinement.captioning import cost_of

    cost = cost_of(collection, images[0], who)
    say(f"{len(images):,} images are to be sent, small, to {who.sends}.")
    say(_cost(cost, len(images), wish.prices))
    if wish.yes:
        return True
    if not sys.stdin.isatty():
        raise InputError("Nobody is there to say whether that is all right; say it with --yes.")
    return typer.confirm("Go on?", default=True, err=True)


_PATIENCE = 120.0
"""Maximum seconds to wait when a server limits the rate: captioning runs unattended."""

_MILLION = 1_000_000


def _prices(told: str | None) -> tuple[float, float] | None:
    """Return the prices of a million input tokens and a million output tokens.

    Raises:
        InputError: it is not two numbers.
    """
    try:
        read, written = map(float, told.split(",")) if told else (0.0, 0.0)
    except ValueError:
        read = written = -1.0
    if not (0 <= read < _MILLION and 0 <= written < _MILLION):
        raise InputError(f"Prices are of a million tokens, as in --price 0.1,0.4, not {told!r}.")
    return (read, written) if told else None


def _cost(one: tuple[int, int], images: int, prices: tuple[float, float] | None) -> str:
    read, written = (each * images for each in one)
    if not read + written:
        return "The server does not say how many tokens it reads and writes, so no cost is known."
    told = f"About {read:,} tokens read and {written:,} written, going by the first of them"
    if prices is None:
        return f"{told}; with --price their price is told, too."
    return f"{told}: about {(read * prices[0] + written * prices[1]) / _MILLION:.4f}."


def _tell(done: "Captioned", who: "Captioner") -> None:
    sys.stdout.write(f"{done.made:,} images captioned.\n")
    read, written = who.spent
    if read + written:
        sys.stdout.write(f"{read:,} tokens read, {written:,} written.\n")
    for id_, reason in list(done.failed.items())[:_SHOWN]:
        say(one_line(f"image {id_}: {reason}"))
    if len(done.failed) > _SHOWN:
        say(f"… and {len(done.failed) - _SHOWN:,} more.")
    if done.stopped:
        raise RefinementError(f"Left off: {done.stopped} Run it again to go on.")


_SHOWN = 5
