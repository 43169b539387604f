"""``words``: the share of each word of a text in a score; and the phrases of a text.

Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016:
the share of a word is the drop of the score when the text is encoded without it,

    share(w) = s(text, picture) − s(text without w, picture)

It is part of every explanation and works with every encoder. The shares need not add up to the
score, since words depend on each other.
"""

import re

from PIL import Image

from firs.explanation.base import EncodedWords, Explanation, ScoreExplainer, require_words


class LeaveOneOut(ScoreExplainer):
    """The drop of the score without each word; no map."""

    name = "words"

    def _explain(
        self, picture: Image.Image, upright: Image.Image, words: EncodedWords
    ) -> Explanation:
        [embedding] = self._encoder.encode_images([picture])
        return self._explanation(upright, words, embedding)


MAX_PHRASES = 8
"""Only the first phrases of a text are used."""

_LONGEST_ING = 4
_SMALL = (
    "about above across after against along among and are around as at before behind being below "
    "beneath beside between beyond but by down during for from has have holds in inside into is "
    "looks near next of off on onto or out outside over past runs sits stands that through to "
    "towards under up upon was wears were where which while who with within without"
)
_DETERMINERS = "a an the his her its their this these those some there it he she they"
_SEPARATORS, _EMPTY = frozenset(_SMALL.split()), frozenset(_DETERMINERS.split())
_CUT = re.compile(r"[,.!?:()\"“”]")


def phrases(text: str) -> list[str]:
    """Return the distinct phrases of a text, in their order; the whole text if there are none.

    Phrases are separated by semicolons, if there are any, and else by function words, verbs in
    -ing and punctuation.

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
    found = [phrase for phrase in found if _has_content(phrase)]
    return list(dict.fromkeys(found))[:MAX_PHRASES] or [text.strip()]


def _between(words: list[str]) -> list[str]:
    """Return the phrases between function words and verbs."""
    found: list[list[str]] = [[]]
    for position, word in enumerate(words):
        is_verb = word.lower().endswith("ing") and len(word) > _LONGEST_ING
        if word.lower() in _SEPARATORS or (is_verb and position):
            found.append([])
        else:
            found[-1].append(word)
    return [" ".join(words) for words in found]


def _has_content(phrase: str) -> bool:
    return any(re.search(r"\w", word) and word.lower() not in _EMPTY for word in phrase.split())
