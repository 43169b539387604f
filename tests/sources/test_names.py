"""Paths of what is no file of its own."""

from pathlib import Path

import pytest

from firs.sources.paths import as_url, in_shard, is_shard, is_url, local_pattern, plain


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("s3://bucket/cats/1.jpg", "s3:/bucket/cats/1.jpg"),
        ("S3://bucket/cats/", "s3:/bucket/cats"),
        ("https://example.org/a.jpg?size=2", "https:/example.org/a.jpg?size=2"),
        ("memory:///pictures", "memory:/pictures"),
        ("gs:/bucket/1.jpg", "gs:/bucket/1.jpg"),
    ],
)
def test_url_is_stored_as_pathlib_writes_it(typed: str, stored: str) -> None:
    assert is_url(typed)
    assert plain(typed) == stored == str(Path(plain(typed)))
    assert plain(as_url(stored)) == stored


def test_a_url_of_this_machine_is_a_path() -> None:
    assert plain("file:///data/two%20cats.jpg") == "/data/two cats.jpg"


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        ("file:///data/*.jpg", "/data/*.jpg"),
        ("file:/data/**/*.tar", "/data/**/*.tar"),
        ("file://localhost/data/img-?.png", "/data/img-?.png"),
        ("file:///data/%5Bold%5D/[ab]%2A.jpg", "/data/[[]old]/[ab][*].jpg"),
        ("file:///data/cats.jpg", None),
        ("file:///data/[.jpg", None),
        ("s3://bucket/*.jpg", None),
        ("/data/*.jpg", None),
    ],
)
def test_only_urls_of_this_machine_are_patterns_of_its_files(
    typed: str, pattern: str | None
) -> None:
    assert local_pattern(typed) == pattern


@pytest.mark.parametrize("path", ["/data/s3:/x.jpg", "photos", "./a:/b", "C:/x.jpg", "a:b"])
def test_path_is_not_a_url(path: str) -> None:
    assert not is_url(path)
    assert plain(path) == path


def test_shard_is_the_first_file_in_the_path(tmp_path: Path) -> None:
    folder = tmp_path / "folder.tar"
    folder.mkdir()
    (folder / "a.tar").write_bytes(b"")
    assert in_shard(f"{folder}/a.tar/b.tar/c.jpg") == (f"{folder}/a.tar", "b.tar/c.jpg")
    assert in_shard(f"{folder}/c.jpg") is None
    assert in_shard(f"{folder}/a.tar") is None
    assert in_shard("s3:/bucket/a.tar/c.jpg") == ("s3:/bucket/a.tar", "c.jpg")


def test_shards_are_recognised_by_suffix() -> None:
    assert is_shard("a.TAR")
    assert is_shard("s3:/b/part-0.parquet")
    assert not is_shard("a.tar.gz")
