from datetime import UTC, datetime

import pytest

from firs.filters import Filter
from firs.milvus.queries import Condition

DAY = datetime(2024, 5, 6, tzinfo=UTC)
NANOSECONDS = round(DAY.timestamp() * 1e9)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, ""),
        (Filter(), ""),
        (Filter(tags='a "b"'), r'array_contains(tags, "a \"b\"")'),
        (Filter(tags=("a", "b")), 'array_contains(tags, "a") and array_contains(tags, "b")'),
        (Filter(after=DAY), f"mtime_ns >= {NANOSECONDS}"),
        (Filter(before=DAY), f"mtime_ns < {NANOSECONDS}"),
        (Filter(larger=0, smaller=9), "bytes >= 0 and bytes < 9"),
    ],
)
def test_filters_that_milvus_evaluates_alone(where: Filter | None, expected: str) -> None:
    assert Condition.of(where) == Condition(expected)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("/a/b", '((path == "/a/b" or (path >= "/a/b/" and path < "/a/b0")))'),
        ("/a/b/", '((path >= "/a/b/" and path < "/a/b0"))'),
        ("/a/b/**", '((path >= "/a/b/" and path < "/a/b0"))'),
        ("s3://bucket/a/**", '((path >= "s3:/bucket/a/" and path < "s3:/bucket/a0"))'),
    ],
)
def test_a_folder_is_no_more_than_an_expression(glob: str, expected: str) -> None:
    found = Condition.of(Filter(within=glob))
    assert found.patterns == ()
    assert found.expression.replace("(", "").replace(")", "") == expected.replace("(", "").replace(
        ")", ""
    )


def test_the_server_checks_the_prefix_of_a_pattern_and_the_client_the_rest() -> None:
    found = Condition.of(Filter(within="/a/20*/*.jpg", larger=5))
    assert found.expression == 'bytes >= 5 and ((path >= "/a/20" and path < "/a/21"))'
    assert [bool(each.fullmatch("/a/2024/x.jpg")) for each in found.patterns] == [True]


def test_a_pattern_that_may_begin_anywhere_is_checked_here_alone() -> None:
    for glob in ("2024/**", "*.jpg", "./2024/*.jpg"):
        found = Condition.of(Filter(within=("/a", glob)))
        assert found.expression == ""
        assert any(each.fullmatch("/some/2024/x.jpg") for each in found.patterns)
        assert not any(each.fullmatch("/some/2023/x.png") for each in found.patterns)
