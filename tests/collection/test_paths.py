"""How paths are noted."""

import os

from hypothesis import given
from hypothesis import strategies as st

from firs.sources.paths import Root

NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1)


def test_relative_below_the_root_and_absolute_elsewhere() -> None:
    root = Root("/home/me/photos")
    assert root.to_stored_path("/home/me/photos/2024/a.jpg") == "2024/a.jpg"
    assert root.to_stored_path("/home/me/photos too/a.jpg") == "/home/me/photos too/a.jpg"
    assert root.to_stored_path("/media/a.jpg") == "/media/a.jpg"
    assert Root("/").to_stored_path("/a.jpg") == "a.jpg"


def test_follows_its_root() -> None:
    assert Root("/elsewhere").absolute("2024/a.jpg") == "/elsewhere/2024/a.jpg"
    assert Root("/elsewhere").absolute("/media/a.jpg") == "/media/a.jpg"


def test_a_name_that_is_not_utf8_is_noted_as_its_bytes() -> None:
    root = Root("/photos")
    assert root.to_stored_path("/photos/latin-\udce9.jpg") == b"latin-\xe9.jpg"
    assert root.absolute(b"latin-\xe9.jpg") == "/photos/latin-\udce9.jpg"


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_every_path_comes_back(names: list[str]) -> None:
    for root in (Root("/photos"), Root("/")):
        for path in ("/photos/" + "/".join(names), "/" + "/".join(names)):
            assert root.absolute(root.to_stored_path(path)) == path


@given(st.binary(min_size=1).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_every_name_that_a_disk_can_hold_comes_back(name: bytes) -> None:
    path = "/photos/" + os.fsdecode(name)
    root = Root("/photos")
    assert root.absolute(root.to_stored_path(path)) == path
