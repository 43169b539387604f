"""Example pictures for a simulated person: near neighbours of the image that is sought."""

import numpy as np

from firs.errors import InputError
from firs.evaluation.bench import EvaluationSet
from firs.evaluation.ranks import Places, blocks
from firs.feedback.pseudo import best


def near_neighbours(bench: EvaluationSet, among: int, seed: int) -> Places:
    """One of the images nearest to the one that each query was written of, never that image.

    Nearness is that of the bench's eye, or of the encoder that ranks where there is no eye.

    Args:
        bench: whose queries.
        among: how many of the nearest it is drawn from.
        seed: of the draw.

    Returns:
        int64 ``(q,)``, places of images.

    Raises:
        InputError: ``among`` is below 1, or there are not as many other images.
    """
    seen = bench.images if bench.oracle_embeddings is None else bench.oracle_embeddings
    if not 1 <= among < len(seen):
        raise InputError(
            f"An example is one of the 1 to {len(seen) - 1:,} nearest images, not of {among:,}."
        )
    drawn = np.random.default_rng(seed).integers(0, among, len(bench.groups))
    examples = np.empty(len(bench.groups), dtype=np.int64)
    for block in blocks(len(examples)):
        sought = bench.groups[block]
        closeness = seen[sought] @ seen.T
        closeness[np.arange(len(sought)), sought] = -np.inf
        examples[block] = best(closeness, among)[np.arange(len(sought)), drawn[block]]
    return examples
