"""The suite ``fusion``: what fusing is worth, by every method, next to what is fused.

Three parts: several captions of one image; a caption and an example picture; and, where the
experiment has several encoders, their rankings. Each compares with the words alone, or with what
stands first in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.experiment import Experiment
from firs.evaluation.ranks import Progress
from firs.evaluation.results import Results
from firs.evaluation.runner import open_evaluation_set, run_on
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.tables import Table, figures_table
from firs.fusion import FUSIONS
from firs.registry import Parameter

NONE = StrategyCall("none")
AMONG = (1, 5, 20)
"""From how many near neighbours example pictures are drawn; all fusions are measured with 5."""

STRATEGIES = ("words", "picture", "early-fusion", "late-fusion", "rerank")
MOST = 5
"""Captions of an image that are also measured alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of the suite."""

    title: str
    results: Results


def run_fusion(plan: Experiment, progress: Progress) -> list[Part]:
    """Measure all parts on the data, encoders and queries of an experiment.

    Raises:
        FirsError: the data or an encoder cannot be used.
    """
    with open_evaluation_set(plan, progress) as evaluation_set:
        return [
            Part(title, run_on(evaluation_set, part, depth=0, progress=progress).results)
            for title, calls in _parts(evaluation_set)
            for part in [replace(plan, name=f"fusion: {title}", strategies=tuple(calls))]
        ]


def fusion_tables(parts: Sequence[Part]) -> list[Table]:
    """A table a part, each figure with its interval."""
    return [figures_table(part.results, part.title) for part in parts]


def _parts(evaluation_set: EvaluationSet) -> Iterator[tuple[str, list[StrategyCall]]]:
    singles = [_call("captions", only=at) for at in range(1, _captions_of_each(evaluation_set) + 1)]
    if len(singles) > 1:
        yield "Several captions of one image", [NONE, *singles, *_fusion_calls("captions")]
    for among in (each for each in AMONG if each < len(evaluation_set.images)):
        calls = [_call("example", strategy=name, among=among) for name in STRATEGIES]
        more = _fusion_calls("example", strategy="late-fusion") + _fusion_calls(
            "example", strategy="rerank"
        )
        title = f"A caption and one of the {among} images nearest to the one sought"
        yield title, [*calls, *(more if among == 5 else [])]
    if evaluation_set.others:
        alone = [_call("encoders", only=at) for at in range(1, len(evaluation_set.views) + 1)]
        yield "Several encoders", [*alone, *_fusion_calls("encoders")]


def _captions_of_each(evaluation_set: EvaluationSet) -> int:
    """Return the number of query captions that every image has, up to ``MOST``."""
    return min(MOST, int(np.unique(evaluation_set.groups, return_counts=True)[1].min()))


def _fusion_calls(name: str, /, **parameters: Parameter) -> list[StrategyCall]:
    return [_call(name, **parameters, fusion=fusion) for fusion in FUSIONS]


def _call(name: str, /, **parameters: Parameter) -> StrategyCall:
    return StrategyCall(name, parameters)
