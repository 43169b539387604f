"""The fake server reads the expressions that the package writes, and no others."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firs.filters import Filter, compile_glob
from firs.milvus.documents import having, part_id, parts_of
from firs.milvus.queries import Condition, begins, below, in_list, quote, sample_expression
from firs.milvus.schema import DRAWS, draw_of, to_stored_path
from tests.milvus.fake_expressions import ExpressionError, parse

FIELDS = {
    "id": "INT64",
    "path": "VARCHAR",
    "bytes": "INT64",
    "mtime_ns": "INT64",
    "draw": "INT64",
    "tags": "ARRAY",
}
NAMES = st.text(st.sampled_from("ab01 _%'\"\\é\U0001f600\udce9"), min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


def passes(expression: str, **row: object) -> bool:
    return parse(expression, FIELDS)(row)


def test_and_binds_closer_than_or() -> None:
    expression = "id == 1 or id > 5 and id != 7"
    assert [id_ for id_ in range(9) if passes(expression, id=id_)] == [1, 6, 8]
    assert [id_ for id_ in range(9) if passes(f"({expression}) and id < 6", id=id_)] == [1]


def test_lists_and_arrays() -> None:
    assert [id_ for id_ in range(-2, 5) if passes("id in [3, -1, 9]", id=id_)] == [-1, 3]
    assert [id_ for id_ in range(3) if passes("id not in [1]", id=id_)] == [0, 2]
    assert not passes("id in []", id=1)
    assert passes('array_contains(tags, "a \\"b\\"")', tags=['a "b"'])
    assert not passes('array_contains(tags, "a")', tags=["ab"])


@pytest.mark.parametrize(
    "expression",
    [
        "id",
        "id = 1",
        "id == 1.5",
        "id == '1'",
        'id == "1"',
        "path == 1",
        "path in [1]",
        "id == path",
        "1 == id",
        "absent == 1",
        "tags == 1",
        "array_contains(path, 'a')",
        "not id == 1",
        "id == 1 &&  id == 2",
        "id == 1 and",
        "(id == 1",
        "id == 1)",
        "id in [1, ]2",
        "id in [1 2]",
        "id > 1 > 0",
        'path like "a%"',
        "id >>> 3",
    ],
)
def test_anything_else_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        parse(expression, FIELDS)


@settings(max_examples=40)
@given(NAMES, NAMES)
def test_texts_are_compared_as_they_are(text: str, other: str) -> None:
    stored, another = to_stored_path(text), to_stored_path(other)
    assert passes(f"path == {quote(stored)}", path=stored)
    assert passes(f"path {in_list([another, stored])}", path=stored)
    assert passes(f"path < {quote(another)}", path=stored) is (stored < another)


@settings(max_examples=40)
@given(PATHS, PATHS)
def test_below_is_the_folder_and_all_in_it(path: str, folder: str) -> None:
    is_below = path == folder or path.startswith(f"{folder}/")
    assert passes(below([folder]), path=to_stored_path(path)) is is_below
    assert passes(below([folder, path]), path=to_stored_path(path))


@settings(max_examples=40)
@given(PATHS, PATHS)
def test_begins_is_a_prefix(path: str, prefix: str) -> None:
    stored, first = to_stored_path(path), to_stored_path(prefix)
    assert passes(begins(prefix), path=stored) is stored.startswith(first)


@settings(max_examples=40)
@given(st.lists(PATHS, min_size=1, max_size=2), st.integers(0, 9), st.integers(0, 9), PATHS)
def test_a_filter_holds_for_the_images_that_it_names(
    globs: list[str], size: int, larger: int, path: str
) -> None:
    day = datetime(2024, 5, 6, tzinfo=UTC)
    where = Filter(within=tuple(globs), larger=larger, after=day, tags="a")
    condition = Condition.of(where)
    row = {
        "path": to_stored_path(path),
        "bytes": size,
        "mtime_ns": round(day.timestamp() * 1e9),
        "tags": ["a", "b"],
    }
    is_found = passes(condition.expression, **row) and condition._matches(row["path"])  # type: ignore[arg-type]
    fits = any(compile_glob(each).fullmatch(path) for each in globs)
    assert is_found is (fits and size >= larger)
    assert not passes(condition.expression, **row | {"tags": ["b"]})


def test_about_the_requested_number_is_drawn() -> None:
    drawn = [n for n in range(5_000) if passes(sample_expression(500, 5_000), draw=draw_of(n))]
    assert 400 < len(drawn) < 600
    assert sample_expression(500, 500) == ""
    assert passes(sample_expression(1, 2), draw=DRAWS // 2 - 1)


def test_documents_are_found_by_their_kind_and_the_beginning_of_their_key() -> None:
    fields = {"id": "VARCHAR", "kind": "VARCHAR"}
    documents = parse(having("log", "a/"), fields)
    ids = ["log/a/1", "log/a/\U0010fffe", "log/a", "log/b/1", "logs/a/1"]
    found = [id_ for id_ in ids if documents({"id": id_, "kind": id_.partition("/")[0]})]
    assert found == ["log/a/1", "log/a/\U0010fffe"]
    parts = parse(parts_of("log/a\n"), fields)
    assert parts({"id": part_id("log/a", "stamp", 3), "kind": "log*"})
    assert not parts({"id": part_id("log/ab", "stamp", 3), "kind": "log*"})
    assert not parts({"id": "log/a", "kind": "log"})
