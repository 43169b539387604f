"""Explanation: where in the picture, and which words, made it match."""

from collections.abc import Callable

from firs.encoders import Encoder
from firs.explanation.base import Cells, Explainer, Explanation, Map, Part, WordShare, shown
from firs.explanation.faithfulness import Faithfulness, faithfulness
from firs.registry import Registry

__all__ = [
    "EXPLAINERS",
    "Cells",
    "Explainer",
    "Explanation",
    "Faithfulness",
    "Map",
    "Part",
    "WordShare",
    "faithfulness",
    "open_explainer",
    "shown",
]

EXPLAINERS: Registry[Callable[[Encoder], Explainer]] = Registry(
    "way to explain",
    {
        "patches": "firs.explanation.patches:open_patches",
        "occlusion": "firs.explanation.occlusion:Occlusion",
        "words": "firs.explanation.words:Words",
    },
)


def open_explainer(name: str, encoder: Encoder) -> Explainer:
    """Open a way to explain the scores of an encoder.

    Raises:
        InputError: there is no such way, or the encoder does not allow it.
        MissingExtra: it needs an optional dependency that is not installed.

    >>> from firs.encoders import open_encoder
    >>> open_explainer("words", open_encoder()).name
    'words'
    """
    return EXPLAINERS.load(name)(encoder)
