"""Caption files of every kind, and where they are wrong."""

from pathlib import Path

import pytest

from firs.errors import InputError
from firs.indexing.captions import Captions, read_captions

EXPECTED = {"a.jpg": ["a dog", "a brown dog"], "sub/b.jpg": ["a cat, asleep"]}

FILES = {
    "captions.tsv": "image\tcaption\na.jpg\ta dog\nsub/b.jpg\ta cat, asleep\na.jpg\ta brown dog\n",
    "captions.csv": 'image,caption\na.jpg,a dog\na.jpg,a brown dog\nsub/b.jpg,"a cat, asleep"\n',
    "captions.json": '{"a.jpg": ["a dog", "a brown dog"], "sub/b.jpg": "a cat, asleep"}',
    "list.json": '[{"image": "a.jpg", "captions": ["a dog", "a brown dog"]},'
    ' {"image": "sub/b.jpg", "caption": "a cat, asleep"}]',
    "captions.jsonl": '{"image": "a.jpg", "caption": "a dog"}\n\n'
    '{"image": "a.jpg", "caption": "a brown dog"}\n'
    '{"image": "sub/b.jpg", "captions": ["a cat, asleep"]}\n',
}


def read(folder: Path, name: str, text: str | bytes) -> Captions:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_captions(file)


@pytest.mark.parametrize("name", FILES)
def test_reads_every_kind(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, FILES[name]) == EXPECTED


@pytest.mark.parametrize("name", FILES)
def test_reads_what_windows_wrote(name: str, tmp_path: Path) -> None:
    text = FILES[name].replace("\n", "\r\n")
    assert read(tmp_path, name.upper(), b"\xef\xbb\xbf" + text.encode()) == EXPECTED


def test_columns_may_stand_anywhere_and_be_more(tmp_path: Path) -> None:
    text = "split\tCaption\tImage\ntrain\ta dog\ta.jpg\n"
    assert read(tmp_path, "x.tsv", text) == {"a.jpg": ["a dog"]}


def test_a_tsv_takes_quotes_as_they_are(tmp_path: Path) -> None:
    text = 'image\tcaption\na.jpg\t"Stop" says a sign 5" wide\n'
    assert read(tmp_path, "x.tsv", text) == {"a.jpg": ['"Stop" says a sign 5" wide']}


def test_nothing_is_empty_and_nothing_stands_twice(tmp_path: Path) -> None:
    text = "image\tcaption\na.jpg\t a dog \na.jpg\ta dog\na.jpg\t\n"
    assert read(tmp_path, "x.tsv", text) == {"a.jpg": ["a dog"]}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.tsv", "", "line 1: the first line must name"),
        ("x.tsv", "a.jpg\ta dog\n", "line 1: the first line must name"),
        ("x.tsv", "image\tcaption\na.jpg\ta\tdog\n", "line 2: 3 columns, but the first line has 2"),
        ("x.csv", "image,caption\na.jpg,one\na.jpg\n", "line 3: 1 columns"),
        ("x.csv", 'image,caption\na.jpg,"one"two\n', "line 2: "),
        ("x.json", '{"a.jpg":\n ["one",]}', "line 2: not JSON"),
        ("x.json", "7", "line 1: expected an object of image names"),
        ("x.json", '{"a.jpg": [7]}', r"entry 1: the captions of 'a.jpg' must be"),
        ("x.json", '[{"image": "a", "caption": "b"}, {"file": "a"}]', "entry 2: expected"),
        ("x.jsonl", '{"image": "a", "caption": "b"}\n{"image": 7}', "line 2: expected"),
        ("x.jsonl", '{"image": "a", "caption": "b"}\n{"image"', "line 2: not JSON"),
        ("x.jsonl", '{"image": "a"}', "line 1: the captions of 'a'"),
        ("x.tsv", b"image\tcaption\na.jpg\tcaf\xe9\n", "not UTF-8"),
        ("x.txt", "image\tcaption\n", r"must end in \.tsv, \.csv"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    name: str, text: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as told:
        read(tmp_path, name, text)
    assert name in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"captions\.tsv cannot be read: No such file"):
        read_captions(tmp_path / "captions.tsv")
