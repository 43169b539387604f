from pathlib import Path

import pytest

from firs.cli.console import format_path, has_windows, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("Ärger 猫", "Ärger 猫"),
        ("two\nlines\tand a tab", r"two\nlines\tand a tab"),
        ("red \x1b[31m text", r"red \x1b[31m text"),
        ("not UTF-8: \udcff", r"not UTF-8: \udcff"),
    ],
)
def test_one_line_escapes_unprintable_characters(text: str, line: str) -> None:
    assert one_line(text) == line


def test_paths_are_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert format_path(tmp_path / "a" / "b.jpg") == str(Path("a", "b.jpg"))
    assert format_path(tmp_path.parent / "other.jpg") == str(tmp_path.parent / "other.jpg")


@pytest.mark.parametrize(
    ("platform", "display", "told"),
    [("linux", ":0", True), ("linux", "", False), ("darwin", "", True)],
)
def test_has_windows(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: str, told: bool
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert has_windows() is told
