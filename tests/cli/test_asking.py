from collections.abc import Sequence
from pathlib import Path

import pytest

from firs.cli.options import QueryArgs
from firs.cli.search import choose_strategy
from firs.errors import InputError
from firs.search.strategies import LateFusion, Rerank


def parse(words: str, nots: Sequence[str] = (), weights: Sequence[str] = ()) -> str:
    args = QueryArgs([words], [Path("a.jpg")], [7], list(nots), [Path("b.jpg")], list(weights))
    return str(args.query())


def test_texts_come_first_and_negative_terms_last() -> None:
    assert parse("dog", ["leash"]) == '"dog" + a.jpg + #7 - "leash" - b.jpg'


def test_a_weight_applies_to_all_terms_of_a_kind() -> None:
    weights = ["text=2", "image=0.5", "like=3", "not=4", "not-image=5"]
    query = parse("dog", ["leash", "grass"], weights)
    assert query == '2 * "dog" + 0.5 * a.jpg + 3 * #7 - 4 * "leash" - 4 * "grass" - 5 * b.jpg'


def test_the_last_weight_of_a_kind_counts() -> None:
    assert parse("dog", weights=["text=2", "text=3"]).startswith('3 * "dog"')


@pytest.mark.parametrize("typed", ["image", "image=", "image=-1", "image=nan", "image=inf", "=1"])
def test_invalid_weights(typed: str) -> None:
    with pytest.raises(InputError, match=r"as in --weight image=0\.5"):
        parse("dog", weights=[typed])


def test_an_empty_query() -> None:
    with pytest.raises(InputError, match="Describe what to find"):
        QueryArgs().query()


def test_options_imply_the_strategy_that_they_apply_to() -> None:
    assert choose_strategy(None, "rrf", None) == LateFusion("rrf")
    assert choose_strategy(None, None, 7) == Rerank(depth=7)
    assert choose_strategy(None, "rrf", 7) == Rerank(depth=7, fusion="rrf")
    assert choose_strategy("rerank", "rrf", None) == Rerank(fusion="rrf")
    assert choose_strategy(None, None, None) == "early-fusion"
