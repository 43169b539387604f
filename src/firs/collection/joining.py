"""Texts that join as entries, and how much they count."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from firs.collection.calibrating import Progress
from firs.collection.expansions import Entry
from firs.collection.hot import ExpansionLimits, candidate_texts, nothing_to_add
from firs.collection.stores import Expansions
from firs.encoders.text import encode_in_parts
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.expansion.captions import Balance
    from firs.expansion.selection import Text
    from firs.search import EmbeddingSearcher


@dataclass(frozen=True, slots=True)
class Joining:
    """The texts to add to an expansion.

    Args:
        entries: the texts.
        reference: everyday texts that serve as a baseline: float32 ``(r, dim)``.
        balance: the weight of all entries.
    """

    entries: Sequence[Entry]
    reference: "Vectors"
    balance: "Balance"


def joining(
    kept: Expansions, space: "EmbeddingSearcher", limits: ExpansionLimits, progress: Progress | None
) -> Joining:
    """Return the texts to add within the limits.

    Raises:
        InputError: there are none.
    """
    from firs.search.population import EVERYDAY

    words, held = _existing_entries(kept.text_entries(space.name))
    texts = candidate_texts(kept, space, limits)
    entries = _select_entries(texts, words, held, space, limits, progress)
    if not entries:
        raise InputError(nothing_to_add(limits.source_kind, len(texts)))
    reference = space.encoder.encode_texts(EVERYDAY)
    known = [(image, vector) for image, those in held.items() for vector in those]
    known += [(each.image, each.data) for each in entries]
    return Joining(entries, reference, _balance(space, known, reference))


def _select_entries(
    told: "Sequence[Text]",
    words: dict[int, list[str]],
    held: dict[int, Any],
    space: "EmbeddingSearcher",
    limits: ExpansionLimits,
    progress: Progress | None,
) -> list[Entry]:
    """Return the texts that match their images and are not duplicates of existing entries."""
    from firs.expansion import selection as choosing

    texts = choosing.worth_encoding(told, words, limits.max_per_image)
    vectors = encode_in_parts(space.encoder, [each.text for each in texts], progress)
    table = space.shortlist_for(ids=[each.image for each in texts]).matrix
    images = table.rows(np.array([each.image for each in texts], dtype=np.int64))
    fits = np.flatnonzero(choosing.fitting(vectors, images, table.image_mean))
    texts, vectors = [texts[at] for at in fits], vectors[fits]
    return [
        Entry(texts[at].image, texts[at].text, texts[at].source, vectors[at].astype(np.float16))
        for at in choosing.unlike(texts, vectors, held, limits.max_per_image, limits.near)
    ]


def _existing_entries(
    rows: Sequence[tuple[int, str, bytes]],
) -> "tuple[dict[int, list[str]], dict[int, Any]]":
    """Return the existing text entries of images: their texts and their embeddings."""
    words: dict[int, list[str]] = defaultdict(list)
    vectors: dict[int, list[Any]] = defaultdict(list)
    for image, text, data in rows:
        words[image].append(text)
        vectors[image].append(np.frombuffer(data, np.float16).astype(np.float32))
    return words, {image: np.stack(those) for image, those in vectors.items()}


def _balance(
    space: "EmbeddingSearcher", known: Sequence[tuple[int, Any]], reference: "Vectors"
) -> "Balance":
    """Return the weight of all text entries of images."""
    from firs.expansion import Captions
    from firs.expansion.captions import fit_balance

    images = [image for image, _ in known]
    table = space.shortlist_for(ids=images).matrix
    owners = table.positions(np.array(images, dtype=np.int64))
    order = np.argsort(owners, kind="stable")
    vectors = np.stack([vector for _, vector in known]).astype(np.float32)
    captions = Captions(vectors[order], owners[order], reference, whole=table.population)
    return fit_balance(captions, table)
