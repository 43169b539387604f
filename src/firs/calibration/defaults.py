"""Default calibrations of known encoders, for collections without captions.

That of `mini` was fitted on one half of Flickr8k's development photos: 12 % of the single words
that occur there, and almost no caption, have no image as near as ``nearest``. CLIP and OpenCLIP are
trained with a logit scale of 100, which also fits captions best; the detection of queries
without a match was only measured with `clip-vit-b32`.
"""

from collections import defaultdict
from functools import cache
from importlib.resources import files
from random import Random

from firs.calibration.calibration import Calibration
from firs.encoders.base import split_precision

_CLIP = Calibration(100.0)

_KNOWN = {
    "mini": Calibration(21.9, nearest=0.22),
    "clip-vit-b32": Calibration(100.0, -0.05, 0.24),
    "clip-vit-b16": _CLIP,
    "clip-vit-l14": _CLIP,
    "clip-vit-l14-336": _CLIP,
    "openclip-b32": _CLIP,
    "openclip-l14": _CLIP,
    "openclip-h14": _CLIP,
}


def default_calibration(encoder: str) -> Calibration | None:
    """What is known of an encoder by its name; None of one that was not measured."""
    return _KNOWN.get(split_precision(encoder)[0])


COUNT = 3_000

_LONG, _SHORT, _PLACED = 0.6, 0.75, 0.9


@cache
def everyday() -> tuple[str, ...]:
    """``COUNT`` different texts."""
    words, rng = _words(), Random(0)  # noqa: S311, nothing is kept secret
    texts: dict[str, None] = {}
    while len(texts) < COUNT:
        texts[_text(words, rng)] = None
    return tuple(texts)


def _text(words: dict[str, list[str]], rng: Random) -> str:
    kind = rng.random()
    who, does, where, thing, like = (
        rng.choice(words[each]) for each in ("who", "does", "where", "thing", "like")
    )
    if kind < _LONG:
        return f"{who} {does} {where}"
    if kind < _SHORT:
        return f"{who} {rng.choice((does, where))}"
    if kind < _PLACED:
        return f"{like} {thing} {where}"
    return rng.choice((thing, f"{like} {thing}"))


def _words() -> dict[str, list[str]]:
    """Kind → the words of that kind."""
    words = defaultdict(list)
    for line in files("firs.calibration").joinpath("bank.tsv").read_text("utf-8").splitlines()[1:]:
        kind, word = line.split("\t")
        words[kind].append(word)
    return words
