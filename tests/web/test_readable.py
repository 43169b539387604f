from pathlib import Path

from firs.sources.paths import readable


def test_file_names_of_any_bytes_become_text() -> None:
    assert readable("café.jpg") == "café.jpg"
    assert readable(Path("caf\udce9.jpg")) == "caf\ufffd.jpg"
