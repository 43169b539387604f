from datetime import UTC, date, datetime

import pytest

from firs.errors import InputError
from firs.filters import Filter, moment


def test_one_or_several() -> None:
    assert Filter(within="a/**", tags="x") == Filter(within=("a/**",), tags=("x",))
    assert len({Filter(tags=("x", "y")), Filter(tags=("x", "y")), Filter(tags="x")}) == 2


def test_whether_it_asks_for_anything() -> None:
    assert not Filter()
    assert Filter(larger=0)
    assert Filter(tags="x")


def test_it_says_what_it_asks_for() -> None:
    where = Filter(("a/**", "*.png"), date(2024, 1, 1), date(2025, 1, 1), 1000, 2000, ("x", "y"))
    assert str(where) == (
        "in a/** or *.png, from 2024-01-01 on, before 2025-01-01, of 1,000 bytes or more, "
        "of fewer than 2,000 bytes, tagged x and y"
    )


def test_a_day_is_its_first_moment_here() -> None:
    assert moment(date(2024, 5, 6)) == datetime(2024, 5, 6).timestamp()
    assert moment(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == 60
    assert moment(None) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"within": "a/[b"}, "not closed"),
        ({"within": ("a", "")}, "fits no path"),
        ({"larger": -1}, "0 bytes or more, not -1"),
        ({"smaller": -5}, "0 bytes or more, not -5"),
        ({"larger": 10, "smaller": 10}, "No file has 10 bytes or more and fewer than 10"),
        ({"after": date(2024, 2, 1), "before": date(2024, 2, 1)}, "Nothing is from 2024-02-01 on"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Filter(**given)  # type: ignore[arg-type]
