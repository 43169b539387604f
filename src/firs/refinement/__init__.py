"""Refinement: captions of results → suggestions for a better query, which are optional."""

from collections.abc import Callable
from typing import Any

from firs.refinement.base import (
    Added,
    CaptionedImage,
    Captioner,
    Picture,
    Piece,
    RefinementRequest,
    Refiner,
    Suggestion,
    difference,
    suggestion_from_text,
)
from firs.refinement.chat import Settings
from firs.registry import Registry

__all__ = [
    "BANK",
    "CAPTIONERS",
    "REFINERS",
    "TERMS",
    "Added",
    "CaptionedImage",
    "Captioner",
    "Picture",
    "Piece",
    "RefinementRequest",
    "Refiner",
    "Settings",
    "Suggestion",
    "difference",
    "open_refiner",
    "suggestion_from_text",
]

BANK, TERMS = "bank", "terms"
"""The captioner and the refiner that need no model."""

CAPTIONERS: Registry[Callable[..., Any]] = Registry(
    "captioner",
    {
        BANK: "firs.refinement.captioners:Bank",
        "openai": "firs.refinement.captioners:OpenAiCaptioner",
        "transformers": "firs.refinement.transformers_captioner:TransformersCaptioner",
    },
)

REFINERS: Registry[Callable[..., Any]] = Registry(
    "refiner",
    {
        TERMS: "firs.refinement.terms:Terms",
        "llm": "firs.refinement.language_model:LanguageModel",
    },
)


def open_refiner(name: str = TERMS, settings: Settings | None = None) -> Refiner:
    """Open a refiner, to be closed with its ``close``.

    Args:
        name: one of ``REFINERS``.
        settings: of the language model; by default those of the environment.

    Raises:
        InputError: there is no such refiner, or a setting is invalid.
        RefinementError: there is no model or no key.
        MissingExtra: it needs what is not installed.
    """
    kind = REFINERS.load(name)
    refiner: Refiner = kind() if name == TERMS else kind(settings or Settings.of_environment())
    return refiner
