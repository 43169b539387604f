"""``firs explain``: where in a picture, and by which words, it matches a text."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import check_sheet, is_one_of, is_terminal, say, write_json, write_picture
from firs.cli.options import argument, flag, option
from firs.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

    from firs.encoders import Encoder
    from firs.explanation import Explanation, Faithfulness

KINDS = ("both", "overlay", "outline")
"""What ``--as`` can draw."""


@dataclass(frozen=True, slots=True)
class ExplainArgs:
    """A picture, what it is compared with, how, and where the explanation is drawn."""

    image: Path = argument("IMAGE", "A picture's file.", default=...)
    words: list[str] | None = argument("TEXT", "What it should match.")
    out: Path | None = option("FILE", "Draw it to a file: .jpg, .png or .webp.", "--out", "-o")
    like: Path | None = option("FILE", "Another picture instead of TEXT: what is similar.")
    drawn: str = option("KIND", "What to draw: both, overlay or outline.", "--as", default="both")
    method: str = option(
        "NAME",
        "How: patches, occlusion, legrad, grad-eclip, clipseg (or clipseg:DIR) or words. "
        "Default: the one that suits the encoder.",
        default="",
    )
    encoder: str = option("NAME", "Which encoder's score to explain.", default="mini")
    json: bool = flag("Write JSON.", "--json")

    def check(self) -> None:
        """Check the options before any work.

        Raises:
            InputError: they contradict each other, or the explanation cannot be drawn.
        """
        if bool(self.words) == (self.like is not None):
            raise InputError('Describe what to match, as in: firs explain bench.jpg "a black cat"')
        if self.drawn not in KINDS:
            raise InputError(f"--as is one of {', '.join(KINDS)}, not {self.drawn!r}.")
        if self.out is None:
            return
        check_sheet(self.out)
        if is_one_of(self.out, filter(None, (self.image, self.like))):
            raise InputError(
                f"{self.out} is the picture itself; give the explanation another name."
            )


def explain(options: ExplainArgs) -> None:
    """Explain why a picture matches a text: where, by which words, and how reliable that is.

    Examples:
      firs explain bench.jpg "a black cat on a wooden bench" -o why.png
      firs explain bench.jpg "a black cat" --as overlay -o cat.jpg
      firs explain bench.jpg "a black cat" --method words --json
      firs explain bench.jpg --like other.jpg -o alike.png
    """
    options.check()
    from firs.encoders import open_encoder

    opened = open_encoder(options.encoder)
    if options.like is not None:
        _explain_pair(options, options.like, opened)
        return
    from firs.explanation import check_faithfulness
    from firs.explanation.api import explain as explain_match

    text = " ".join(options.words or ())
    found = explain_match(options.image, text, encoder=opened, method=options.method)
    has_map = found.map is not None and found.map.any()
    checked = check_faithfulness(found, opened) if has_map else None
    if options.out is not None:
        _save(_render(found, checked, options.drawn), options.out)
    (_write_json if options.json else _write)(found, checked)


def _render(found: "Explanation", checked: "Faithfulness | None", kind: str) -> "Image.Image":
    from firs.explanation.figure import comparison_figure

    if kind == "overlay":
        return found.overlay()
    return found.outline() if kind == "outline" else comparison_figure(found, checked)


def _save(picture: "Image.Image", file: Path) -> None:
    write_picture(picture, file)
    say(f"Picture: {file.absolute()}")


def _write(found: "Explanation", checked: "Faithfulness | None") -> None:
    between = "  " if is_terminal() else "\t"
    if found.score is not None:
        sys.stdout.write(f"score{between}{found.score:.4f}\n")
    for word in found.words:
        sys.stdout.write(f"{word.word}{between}{word.share:+.4f}\n")
    if checked is not None:
        say(checked.summary)
    elif found.map is not None:
        say("No part of the picture matches the text.")


def _write_json(found: "Explanation", checked: "Faithfulness | None") -> None:
    faithfulness = (
        None
        if checked is None
        else {
            "loss": checked.loss,
            "elsewhere": list(checked.elsewhere),
            "summary": checked.summary,
        }
    )
    document = {
        "method": found.method,
        "text": found.text,
        "score": found.score,
        "phrases": [part.phrase for part in found.parts],
        "words": [
            {"word": word.word, "start": word.start, "share": word.share} for word in found.words
        ],
        "cells": None if found.cells is None else found.cells.tolist(),
        "faithfulness": faithfulness,
    }
    write_json(document, indent=1)


def _explain_pair(options: ExplainArgs, like: Path, encoder: "Encoder") -> None:
    from firs.explanation.api import load_picture
    from firs.explanation.pairs import explain_pair, render_pair

    pair = explain_pair(encoder, load_picture(options.image), load_picture(like))
    if options.out is not None:
        _save(render_pair(pair), options.out)
    sys.stdout.write(f"score\t{pair.score:.4f}\n")
