"""Expressions that choose rows by their paths."""

import os

import pytest

from firs.milvus.queries import below, in_list, quote


def test_texts_are_quoted_as_they_stand() -> None:
    assert quote('it\'s "ü" \\ 😀') == r'"it' + "'" + r's \"ü\" \\ 😀"'
    assert in_list(["a", 'b"']) == r'in ["a", "b\""]'


def test_a_folder_is_all_that_begins_with_it() -> None:
    assert below(["/photos/a_b"]) == (
        'path == "/photos/a_b" or (path >= "/photos/a_b/" and path < "/photos/a_b0")'
    )
    assert below(["/"]) == 'path == "/" or (path >= "/" and path < "0")'


@pytest.mark.parametrize(
    ("path", "is_below"),
    [
        ("/a/b", True),
        ("/a/b/c.jpg", True),
        ("/a/b/\U0010ffff/c.jpg", True),
        ("/a/b c.jpg", False),
        ("/a/bc/d.jpg", False),
        ("/a/b0", False),
    ],
)
def test_images_in_between(path: str, is_below: bool) -> None:
    first, end = "/a/b/", "/a/b0"
    assert (path == "/a/b" or first <= path < end) is is_below
    assert f'path >= "{first}" and path < "{end}"' in below(["/a/b"])


def test_a_folder_in_another_is_named_once() -> None:
    assert below(["/a/b", "/a", "/a-b", "/a/b/c"]) == " or ".join([below(["/a"]), below(["/a-b"])])


def test_names_that_are_not_utf_8() -> None:
    assert below([os.fsdecode(b"/a\xff")]).encode()


def test_of_very_many_files_it_is_their_folders() -> None:
    assert below(f"/a/{number}.jpg" for number in range(1_000)) == below(["/a"])
    assert below(f"/{number}/a.jpg" for number in range(1_000)) == below(["/"])
    assert below(f"s3:/{number}/a.jpg" for number in range(1_000)) == below(["s3:"])
    assert below(f"{number}:/a.jpg" for number in range(1_000)) == ""
