from collections.abc import Sequence
from pathlib import Path

import pytest

from firs.cli.query_args import QueryArgs, choose_strategy
from firs.errors import InputError
from firs.search.strategies import LateFusion, Rerank


def asked(words: str | None = None, nots: Sequence[str] = (), weights: Sequence[str] = ()) -> str:
    return str(QueryArgs(words, [Path("a.jpg")], [7], nots, [Path("b.jpg")], weights).query())


def test_words_come_first_and_what_is_not_sought_last() -> None:
    assert asked("dog", ["leash"]) == '"dog" + a.jpg + #7 - "leash" - b.jpg'


def test_a_weight_is_for_all_of_a_kind() -> None:
    weights = ["text=2", "image=0.5", "like=3", "not=4", "not-image=5"]
    told = asked("dog", ["leash", "grass"], weights)
    assert told == '2 * "dog" + 0.5 * a.jpg + 3 * #7 - 4 * "leash" - 4 * "grass" - 5 * b.jpg'


def test_the_last_weight_of_a_kind_counts() -> None:
    assert asked("dog", weights=["text=2", "text=3"]).startswith('3 * "dog"')


@pytest.mark.parametrize("typed", ["image", "image=", "image=-1", "image=nan", "image=inf", "=1"])
def test_a_weight_that_cannot_be_meant(typed: str) -> None:
    with pytest.raises(InputError, match=r"as in --weight image=0\.5"):
        asked("dog", weights=[typed])


def test_nothing_asked() -> None:
    with pytest.raises(InputError, match="Say what to look for"):
        QueryArgs(None, [], [], [], [], []).query()


def test_options_choose_the_way_they_are_for() -> None:
    assert choose_strategy(None, "rrf", None) == LateFusion("rrf")
    assert choose_strategy(None, None, 7) == Rerank(depth=7)
    assert choose_strategy(None, "rrf", 7) == Rerank(depth=7, fusion="rrf")
    assert choose_strategy("rerank", "rrf", None) == Rerank(fusion="rrf")
    assert choose_strategy(None, None, None) == "early-fusion"
