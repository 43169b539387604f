"""``firs explain``: where in a picture, and by which words, it matches a text."""

import json as json_format
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import is_terminal, say
from firs.cli.options import AsJson
from firs.cli.results import check_sheet, write_picture
from firs.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

    from firs.encoders import Encoder
    from firs.explanation import Explanation, Faithfulness

Picture: TypeAlias = Annotated[
    Path, typer.Argument(metavar="IMAGE", help="A picture's file.", show_default=False)
]
Text: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", help="What it shall match.", show_default=False),
]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Draw the picture and its map side by side: .jpg, .png or .webp.",
        show_default=False,
    ),
]
Like: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Explain by another picture in place of TEXT: which parts of both are alike.",
        show_default=False,
    ),
]
Method: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="How: patches, occlusion, legrad, grad-eclip, clipseg (or clipseg:DIR) or words. "
        "Otherwise the one that fits the encoder.",
        show_default=False,
    ),
]
Drawn: TypeAlias = Annotated[
    str, typer.Option("--as", metavar="KIND", help="What to draw: both, overlay or outline.")
]
EncoderName: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", help="Whose score to explain.")
]

_KINDS = ("both", "overlay", "outline")


def explain(
    image: Picture,
    text: Text = None,
    out: Out = None,
    like: Like = None,
    method: Method = "",
    drawn: Drawn = "both",
    encoder: EncoderName = "mini",
    json: AsJson = False,
) -> None:
    """Explain why a picture matches a text: where, by which words, and how reliable that is.

    Examples:
      firs explain bench.jpg "a black cat on a wooden bench" -o why.png
      firs explain bench.jpg "a black cat" --as overlay -o cat.jpg
      firs explain bench.jpg "a black cat" --method words --json
      firs explain bench.jpg --like other.jpg -o alike.png
    """
    _check(image, text, out, like, drawn)
    from firs.encoders import open_encoder

    opened = open_encoder(encoder)
    if like is not None:
        _tell_pair(image, like, opened, out)
        return
    from firs.explanation import check_faithfulness
    from firs.explanation.api import explain as explained_picture

    told = explained_picture(image, " ".join(text or ()), encoder=opened, method=method)
    found = check_faithfulness(told, opened) if told.map is not None and told.map.any() else None
    if out is not None:
        write_picture(_render(told, found, drawn), out)
        say(f"Picture: {out.absolute()}")
    (_write_json if json else _write)(told, found)


def _check(
    image: Path, text: list[str] | None, out: Path | None, like: Path | None, drawn: str
) -> None:
    if bool(text) == (like is not None):
        raise InputError('Say what it shall match, as in: firs explain bench.jpg "a black cat"')
    if drawn not in _KINDS:
        raise InputError(f"--as is one of {', '.join(_KINDS)}, not {drawn!r}.")
    if out is not None:
        check_sheet(out)
        if out.exists() and any(
            each and each.exists() and each.samefile(out) for each in (image, like)
        ):
            raise InputError(f"{out} is the picture itself; give the explanation another name.")


def _render(told: "Explanation", found: "Faithfulness | None", kind: str) -> "Image.Image":
    from firs.explanation.figure import comparison_figure

    if kind == "overlay":
        return told.overlay()
    return told.outline() if kind == "outline" else comparison_figure(told, found)


def _write(told: "Explanation", found: "Faithfulness | None") -> None:
    between = "  " if is_terminal() else "\t"
    if told.score is not None:
        sys.stdout.write(f"score{between}{told.score:.4f}\n")
    for word in told.words:
        sys.stdout.write(f"{word.word}{between}{word.share:+.4f}\n")
    if found is not None:
        say(found.summary)
    elif told.map is not None:
        say("Nothing in the picture speaks for the text.")


def _write_json(told: "Explanation", found: "Faithfulness | None") -> None:
    document = {
        "method": told.method,
        "text": told.text,
        "score": told.score,
        "phrases": [part.phrase for part in told.parts],
        "words": [
            {"word": word.word, "start": word.start, "share": word.share} for word in told.words
        ],
        "cells": None if told.cells is None else told.cells.tolist(),
        "faithfulness": None
        if found is None
        else {"loss": found.loss, "elsewhere": list(found.elsewhere), "summary": found.summary},
    }
    json_format.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


def _tell_pair(image: Path, like: Path, encoder: "Encoder", out: Path | None) -> None:
    from firs.explanation.api import load_picture
    from firs.explanation.pairs import explain_pair, render_pair

    pair = explain_pair(encoder, load_picture(image), load_picture(like))
    if out is not None:
        write_picture(render_pair(pair), out)
        say(f"Picture: {out.absolute()}")
    sys.stdout.write(f"score\t{pair.score:.4f}\n")
