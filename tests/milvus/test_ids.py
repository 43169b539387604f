"""Ids and paths as a server keeps them."""

import os

import pytest

from firs.milvus.schema import DRAWS, draw_of, free_id, id_of, path_of, to_stored_path


def test_an_id_is_the_same_everywhere() -> None:
    assert id_of("/photos/a.jpg") == 4608093003457002
    assert id_of("/photos/a.jpg") != id_of("/photos/b.jpg")


def test_ids_lie_where_javascript_counts_and_no_folder_does() -> None:
    for name in map(str, range(1_000)):
        assert 2**52 <= id_of(name) < 2**53


def test_an_id_that_another_path_has_is_passed_over() -> None:
    path, first = "/a", id_of("/a")
    assert free_id(path, {}) == free_id(path, {first: path}) == first
    second = free_id(path, {first: "/moved"})
    assert second == id_of(path, attempt=1) != first
    assert free_id(path, {first: "/moved", second: "/too"}) == id_of(path, attempt=2)


def test_draws_are_even() -> None:
    draws = [draw_of(id_of(name)) for name in map(str, range(4_000))]
    assert all(0 <= each < DRAWS for each in draws)
    assert sum(each < DRAWS // 4 for each in draws) == pytest.approx(1_000, abs=120)


@pytest.mark.parametrize("name", [b"plain.jpg", "ü 😀.jpg".encode(), b"\xff\x80\xe9.jpg"])
def test_any_name_is_stored(name: bytes) -> None:
    path = os.fsdecode(b"/photos/" + name)
    kept = to_stored_path(path)
    assert kept.encode()
    assert path_of(kept) == path
