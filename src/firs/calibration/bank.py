"""A bank of everyday captions, used when a collection has no captions or queries of its own.

Generated from word lists by a fixed random draw, so it is the same everywhere and contains nothing
of any data set. Some texts are a word or two, as people type them; others are whole captions.
"""

from collections import defaultdict
from functools import cache
from importlib.resources import files
from random import Random

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
