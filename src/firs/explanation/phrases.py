"""The parts of a text that can be seen: its phrases, found by the small words between them.

A person who writes semicolons has chosen the phrases: ``a dog; a red ball``.
"""

import re

from firs.explanation.words import require_words

MOST = 8
"""Phrases of a text that are looked for."""

_LONGEST_ING = 4
_SMALL = (
    "about above across after against along among and are around as at before behind being below "
    "beneath beside between beyond but by down during for from has have holds in inside into is "
    "looks near next of off on onto or out outside over past runs sits stands that through to "
    "towards under up upon was wears were where which while who with within without"
)
_POINTING = "a an the his her its their this these those some there it he she they"
_BETWEEN, _EMPTY = frozenset(_SMALL.split()), frozenset(_POINTING.split())
_CUT = re.compile(r"[,.!?:()\"“”]")


def phrases(text: str) -> list[str]:
    """The phrases of a text, in their order, none twice; the whole text where it has no parts.

    Raises:
        InputError: there is no word in the text.

    >>> phrases("A brown dog running on the beach with a red ball.")
    ['A brown dog', 'the beach', 'a red ball']
    >>> phrases("my dog; the ball")
    ['my dog', 'the ball']
    """
    require_words(text)
    if ";" in text:
        found = [part.strip() for part in text.split(";")]
    else:
        found = [phrase for part in _CUT.split(text) for phrase in _between(part.split())]
    told = [phrase for phrase in found if _says_something(phrase)]
    return list(dict.fromkeys(told))[:MOST] or [text.strip()]


def _between(words: list[str]) -> list[str]:
    """What stands between small words, and words of doing."""
    found: list[list[str]] = [[]]
    for at, word in enumerate(words):
        if word.lower() in _BETWEEN or (_is_doing(word) and at):
            found.append([])
        else:
            found[-1].append(word)
    return [" ".join(words) for words in found]


def _is_doing(word: str) -> bool:
    return word.lower().endswith("ing") and len(word) > _LONGEST_ING


def _says_something(phrase: str) -> bool:
    return any(re.search(r"\w", word) and word.lower() not in _EMPTY for word in phrase.split())
