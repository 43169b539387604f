"""Every strategy with its parameters, data set and user is in docs/evaluation.md."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from firs.evaluation.datasets import DATASETS
from firs.evaluation.experiment import parse_experiment
from firs.evaluation.strategies import STRATEGIES, StrategyCall, parse_strategies
from firs.evaluation.strategies.interactive import Interactive
from firs.evaluation.users import USERS
from firs.registry import defaults_of

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def row_of(name: str) -> str:
    (row,) = re.findall(rf"^\|[^|\n]*`{re.escape(name)}`.*$", PAGE, flags=re.MULTILINE)[:1]
    return str(row)


@pytest.mark.parametrize("name", list(DATASETS))
def test_every_data_set_has_its_row(name: str) -> None:
    assert row_of(name)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_every_strategy_has_its_row_with_its_parameters(name: str) -> None:
    kind: Any = STRATEGIES.load(name)
    row_of_table = row_of(name)
    if "those of the user" in row_of_table:
        row_of_table += row_of("next-page")
    for parameter, value in defaults(kind).items():
        default = str(value).lower().removesuffix(".0")
        assert f"`{parameter}`={default}" in row_of_table


def defaults(kind: Any) -> dict[str, Any]:
    """Return the parameters that this page documents; those of a feedback method are elsewhere."""
    if not hasattr(kind, "defaults"):
        return defaults_of(kind)
    return {each: kind.defaults[each] for each in defaults_of(Interactive) if each != "method"}


@pytest.mark.parametrize("name", USERS)
def test_every_user_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_documented_experiment_can_be_read() -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    experiment = parse_experiment(tomllib.loads(text), Path())
    assert experiment.strategies[1] == StrategyCall("pseudo", {"p": 5, "over": "bits-mean"})


def test_the_documented_strategies_can_be_parsed() -> None:
    for text in re.findall(r'--strategy "([^"]+)"', PAGE):
        assert parse_strategies(text)
