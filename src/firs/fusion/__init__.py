"""Fusion: several rankings into one (rank aggregation)."""

from collections.abc import Callable, Sequence

from firs.fusion.ballots import MIN_MAX, NORMALISATIONS, Ballots
from firs.fusion.base import Fusion, Points, fuse_by
from firs.ranking import Ranking
from firs.registry import Call, Registry, create, defaults_of

__all__ = [
    "DEFAULT",
    "FUSIONS",
    "Ballots",
    "Fusion",
    "Points",
    "fuse",
    "list_variants",
    "open_fusion",
]

DEFAULT = "log_vote"

FUSIONS: Registry[Callable[..., Fusion]] = Registry(
    "fusion",
    {
        "log_vote": "firs.fusion.positional:LogVote",
        "log_vote_literal": "firs.fusion.positional:LogVoteLiteral",
        "rrf": "firs.fusion.positional:ReciprocalRank",
        "borda": "firs.fusion.positional:Borda",
        "combsum": "firs.fusion.comb:CombSum",
        "combmnz": "firs.fusion.comb:CombMnz",
        "combmax": "firs.fusion.comb:CombMax",
        "linear": "firs.fusion.comb:Linear",
        "condorcet": "firs.fusion.pairwise:Condorcet",
        "mc4": "firs.fusion.pairwise:MarkovChain4",
    },
)


def open_fusion(name: str = DEFAULT) -> Fusion:
    """Create a fusion.

    Args:
        name: a name in ``FUSIONS``, optionally with parameters: ``combsum(norm=z-score)``.

    Raises:
        InputError: there is no such fusion or parameter, or a value is out of range.
    """
    return create(FUSIONS, name)


def list_variants() -> list[str]:
    """Return every fusion by name, those of normalised scores once per normalisation.

    >>> [name for name in list_variants() if name.startswith("combmax")]
    ['combmax', 'combmax(norm=z-score)', 'combmax(norm=rank)']
    """
    return [str(call) for name in FUSIONS for call in _variants(name)]


def _variants(name: str) -> list[Call]:
    normalised = "norm" in defaults_of(FUSIONS.load(name))
    others = [norm for norm in NORMALISATIONS if norm != MIN_MAX] if normalised else []
    return [Call(name), *(Call(name, {"norm": norm}) for norm in others)]


def fuse(
    rankings: Sequence[Ranking],
    method: str | Fusion = DEFAULT,
    weights: Sequence[float] | None = None,
) -> Ranking:
    """Fuse rankings of one collection into one; every image of any ranking is included.

    Images with equal scores are ordered by id, so the result does not depend on the order of the
    rankings.

    Args:
        rankings: one or more, of any lengths.
        method: a name in ``FUSIONS``, with parameters if needed, or a fusion.
        weights: one per ranking; default 1. A negative weight counts against the ranking's images.

    Returns:
        The fused ranking; its ``parts`` are the rankings and their weights.

    Raises:
        InputError: there are no rankings, the number of weights is wrong, weights are not finite or
            all 0, a score is not finite, or the rankings come from different collections.

    >>> from pathlib import Path
    >>> a = Ranking([1, 2], [0.9, 0.8], [Path("1.jpg"), Path("2.jpg")], "red")
    >>> b = Ranking([2, 3], [0.7, 0.1], [Path("2.jpg"), Path("3.jpg")], "round")
    >>> both = fuse([a, b])
    >>> both.ids.tolist(), both.scores.tolist()
    ([2, 1, 3], [3.0, 2.0, 1.0])
    >>> [(vote.source, vote.rank) for vote in both.votes(2)]
    [('red', 2), ('round', 1)]
    """
    return fuse_by(open_fusion(method) if isinstance(method, str) else method, rankings, weights)
