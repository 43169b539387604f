from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets.formats import read_tokens

EXPECTED = {"1.jpg": ("A dog, running .", "A cat ."), "2.jpg": ("A boat .",)}


@pytest.mark.parametrize(
    "content",
    [
        "1.jpg#0\tA dog, running .\n1.jpg#1\tA cat .\n2.jpg#0\tA boat .\n",
        "image\tcaption\n1.jpg\tA dog, running .\n1.jpg\tA cat .\n2.jpg\tA boat .",
        'image,caption\n1.jpg,"A dog, running ."\n1.jpg,A cat .\n\n2.jpg,A boat .\n',
    ],
)
def test_three_layouts_tell_the_same(tmp_path: Path, content: str) -> None:
    (tmp_path / "captions").write_text(content)
    assert read_tokens(tmp_path / "captions") == EXPECTED


def test_a_line_without_a_caption_is_named(tmp_path: Path) -> None:
    (tmp_path / "captions").write_text("1.jpg#0\tA dog\n2.jpg\n")
    with pytest.raises(InputError, match=r"Line 2 of .*captions has no image and caption"):
        read_tokens(tmp_path / "captions")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "captions").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_tokens(tmp_path / "captions")
