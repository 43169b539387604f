"""Explanations: where in a picture, and because of which words, it matches a text."""

from collections.abc import Callable

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.base import Explainer, Explanation, Part, WordShare
from firs.explanation.heatmaps import Cells, Map, prepare_picture
from firs.explanation.occlusion import Faithfulness, measure_faithfulness
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
    "check_faithfulness",
    "default_method",
    "measure_faithfulness",
    "open_explainer",
    "prepare_picture",
]

EXPLAINERS: Registry[Callable[..., Explainer]] = Registry(
    "explanation method",
    {
        "patches": "firs.explanation.patches:open_patches",
        "occlusion": "firs.explanation.occlusion:Occlusion",
        "legrad": "firs.explanation.attention:LeGrad",
        "grad-eclip": "firs.explanation.attention:GradEclip",
        "clipseg": "firs.explanation.clipseg:open_clipseg",
        "words": "firs.explanation.words:LeaveOneOut",
    },
)

MODEL_TYPES = ("clip", "siglip")
"""Model types of transformers with accessible towers; SigLIP 2 of fixed size is a siglip, too."""


def open_explainer(name: str, encoder: Encoder) -> Explainer:
    """Open a method that explains the scores of an encoder.

    Args:
        name: a name in ``EXPLAINERS``, or ``clipseg:FOLDER`` with the folder of its files.
        encoder: the encoder that computes the scores.

    Raises:
        InputError: there is no such method, or it does not support the encoder.
        MissingExtra: it needs an optional dependency that is not installed.

    >>> from firs.encoders import open_encoder
    >>> open_explainer("words", open_encoder()).name
    'words'
    """
    method, colon, source = name.partition(":")
    if colon and method != "clipseg":
        raise InputError(f"Only clipseg has a folder of files, as in clipseg:FOLDER, not {name!r}.")
    open_method = EXPLAINERS.load(method)
    return open_method(encoder, source) if colon else open_method(encoder)


def default_method(encoder: Encoder) -> str:
    """Return the method that suits an encoder best."""
    if isinstance(encoder, PatchEncoder):
        return "patches"
    return "legrad" if getattr(encoder, "kind", "") in MODEL_TYPES else "occlusion"


def check_faithfulness(explanation: Explanation, encoder: Encoder) -> Faithfulness:
    """Test whether the score depends on the area that an explanation marks.

    Raises:
        InputError: it marks nothing, or its method has no map.
    """
    if explanation.map is None:
        raise InputError(
            f"{explanation.method!r} has no map, so there is nothing to blur; explain by "
            f"{default_method(encoder)!r}."
        )
    return measure_faithfulness(explanation.map, explanation.picture, explanation.text, encoder)
