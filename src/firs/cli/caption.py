"""``firs caption``: generate and store captions of a collection's images in advance."""

import sys
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import typer

from firs.cli.console import one_line, progress, say
from firs.cli.options import EncoderArgs, PlaceArgs, flag, option
from firs.errors import InputError, RefinementError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firs.collection import Collection, ImageRecord
    from firs.refinement import Captioner, Settings
    from firs.refinement.captioning import Captioned

Prices = tuple[float, float]
"""Prices of a million input tokens and of a million output tokens."""

RATE_LIMIT_WAIT = 120.0
"""Maximum seconds to wait when a server limits the rate: captioning runs unattended."""

MILLION = 1_000_000
FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CaptionArgs:
    """Which captioner captions how many images, how fast, and at which price."""

    captioner: str = option(
        "NAME",
        "bank (captions of other images, no model), openai (a language model's server; see "
        "docs/refinement.md), or transformers:MODEL (a local model).",
        default="bank",
    )
    workers: int = option("N", "How many images to caption concurrently.", default=4, min=1, max=64)
    rate: float = option("N", "Maximum number of images per minute; 0: no limit.", default=0, min=0)
    limit: int | None = option("N", "Maximum number of images.", min=1)
    price: str | None = option(
        "IN,OUT",
        "Price of a million input and output tokens, such as 0.1,0.4; adds the price to the "
        "estimate.",
    )
    yes: bool = flag("Start without confirmation.", "--yes", "-y")
    forget: bool = flag("Remove all generated captions.", "--forget")


@dataclass(frozen=True, slots=True)
class ModelArgs:
    """The server's model and its settings."""

    model: str | None = option("NAME", "The server's model. Default: FIRS_LLM_MODEL.")
    base_url: str | None = option("URL", "The server's URL. Default: FIRS_LLM_BASE_URL.")
    temperature: float | None = option("T", "Sampling temperature; 0: deterministic. Default: 0.4.")

    def settings(self) -> "Settings":
        """Return the settings, with those of the environment where an option is not given."""
        from firs.refinement import Settings

        return Settings.of_environment(**asdict(self), patience=RATE_LIMIT_WAIT)


def caption(
    options: CaptionArgs, server: ModelArgs, encoder: EncoderArgs, place: PlaceArgs
) -> None:
    """Caption a collection in advance, so that refining a query need not wait for captions.

    It can be interrupted at any time, and resumes where it stopped. With a server, one image is
    captioned first, and the estimated cost of all is printed before the others are sent.

    Examples:
      firs caption
      firs caption --captioner openai --rate 15
      firs caption --captioner openai --price 0.1,0.4 --limit 500
      firs caption --captioner transformers:Salesforce/blip-image-captioning-base
      firs caption --forget
    """
    parse_prices(options.price)  # a mistake is reported before any work
    with place.open(encoder.encoder) as opened:
        if options.forget:
            say(f"The captions of {opened.made_captions.forget():,} pictures are removed.")
        else:
            _caption(opened, options, server.settings())


def _caption(collection: "Collection", options: CaptionArgs, settings: "Settings") -> None:
    from firs.refinement.captioners import open_captioner
    from firs.refinement.captioning import CaptionOptions, caption_all, to_caption

    pace = CaptionOptions(options.workers, options.rate)
    with (
        collection.open_searcher() as searcher,
        closing(open_captioner(options.captioner, collection, searcher, settings)) as captioner,
    ):
        images = to_caption(collection, captioner)[: options.limit]
        if not images:
            say("All images are captioned.")
            return
        if captioner.sends and not _confirm_cost(collection, images, captioner, options):
            return
        with progress("captioning") as report:
            pace, vector_of = replace(pace, progress=report), searcher.images.vector
            done = caption_all(collection, images, captioner, vector_of, pace)
        _show_outcome(done, captioner)


def _confirm_cost(
    collection: "Collection",
    images: "Sequence[ImageRecord]",
    captioner: "Captioner",
    options: CaptionArgs,
) -> bool:
    """Caption one image, print the estimated cost of all, and ask whether to continue.

    Raises:
        RefinementError: the captioner fails at once.
        InputError: there is no terminal to confirm on.
    """
    from firs.refinement.captioning import cost_of

    cost = cost_of(collection, images[0], captioner)
    say(f"{len(images):,} images are to be sent, small, to {captioner.sends}.")
    say(_format_cost(cost, len(images), parse_prices(options.price)))
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to confirm on. Confirm with the option --yes.")
    return typer.confirm("Continue?", default=True, err=True)


def parse_prices(typed: str | None) -> Prices | None:
    """Return the prices of a million input tokens and a million output tokens.

    Raises:
        InputError: it is not two numbers.
    """
    if not typed:
        return None
    try:
        read, written = map(float, typed.split(","))
    except ValueError:
        read = written = -1.0
    if not (0 <= read < MILLION and 0 <= written < MILLION):
        raise InputError(f"Prices are of a million tokens, as in --price 0.1,0.4, not {typed!r}.")
    return read, written


def _format_cost(one: tuple[int, int], images: int, prices: Prices | None) -> str:
    read, written = (each * images for each in one)
    if not read + written:
        return "The server does not report how many tokens it uses, so the cost is unknown."
    tokens = f"About {read:,} input and {written:,} output tokens, estimated from the first image"
    if prices is None:
        return f"{tokens}; with --price the price is shown, too."
    return f"{tokens}: about {(read * prices[0] + written * prices[1]) / MILLION:.4f}."


def _show_outcome(done: "Captioned", captioner: "Captioner") -> None:
    sys.stdout.write(f"{done.made:,} images captioned.\n")
    read, written = captioner.spent
    if read + written:
        sys.stdout.write(f"{read:,} input tokens, {written:,} output tokens.\n")
    for id_, reason in list(done.failed.items())[:FAILURES_SHOWN]:
        say(one_line(f"image {id_}: {reason}"))
    if len(done.failed) > FAILURES_SHOWN:
        say(f"… and {len(done.failed) - FAILURES_SHOWN:,} more.")
    if done.stopped:
        raise RefinementError(f"Interrupted: {done.stopped} Run it again to continue.")
