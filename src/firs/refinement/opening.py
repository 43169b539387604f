"""A captioner by name, for the images of a space."""

from typing import TYPE_CHECKING

from firs.calibration.bank import everyday
from firs.refinement import BANK, CAPTIONERS
from firs.refinement.bank import Bank
from firs.refinement.base import Captioner
from firs.refinement.settings import Settings
from firs.refinement.texts import text_vectors
from firs.search import EmbeddingSearcher

if TYPE_CHECKING:
    from firs.collection import Collection

MOST_TEXTS = 5_000
"""Captions of the collection that join the bank."""

OPENAI = "openai"


def open_captioner(
    name: str, collection: "Collection", space: EmbeddingSearcher, settings: Settings | None = None
) -> Captioner:
    """Open a captioner, to be closed with its ``close``.

    Args:
        name: one of ``CAPTIONERS``; a local model may be named, as in ``transformers:FOLDER``.
        collection: whose captions are the bank.
        space: whose encoder tells which captions are near.
        settings: of the language model; by default those of the environment.

    Raises:
        InputError: there is no such captioner, or a setting cannot be meant.
        RefinementError: no model or no key is named.
        MissingExtra: it needs what is not installed.
    """
    kind, _, model = name.partition(":")
    made = CAPTIONERS.load(kind)
    if kind == BANK:
        texts = list(dict.fromkeys([*collection.made_captions.texts(MOST_TEXTS), *everyday()]))
        return Bank(texts, text_vectors(space.encoder, texts), space.name)
    captioner: Captioner
    if kind == OPENAI:
        captioner = made(settings or Settings.of_environment())
    else:
        captioner = made(model) if model else made()
    return captioner
