import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs.web import pages
from tests.web.conftest import problem


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "page"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>hello")
    (folder / "js" / "main.js").write_text("export const a = 1;")
    (folder / "notes.txt").write_text("not for the browser")
    monkeypatch.setattr(pages, "PAGE", folder)
    return folder


def test_the_page_and_its_files(page: Path, client: TestClient) -> None:
    assert client.get("/?c=x&s=y").text == "<!doctype html>hello"
    assert client.get("/js/main.js").headers["content-type"].startswith("text/javascript")
    assert client.head("/").status_code == 200


def test_unchanged_file_is_not_modified(page: Path, client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    again = client.get("/", headers={"if-none-match": tag})
    assert again.status_code == 304
    assert again.content == b""
    (page / "index.html").write_text("<!doctype html>world")
    changed = client.get("/", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_text_is_compressed_for_clients_that_accept_it(page: Path, client: TestClient) -> None:
    script = "export const a = 1;\n" * 100
    (page / "js" / "main.js").write_text(script)
    small = client.get("/js/main.js", headers={"accept-encoding": "br, gzip"})
    plain = client.get("/js/main.js", headers={"accept-encoding": "gzip;q=0, br"})
    assert small.text == plain.text == script
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 200
    assert "content-encoding" not in plain.headers
    assert small.headers["etag"] != plain.headers["etag"]
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/../settings.py",
        "/%2e%2e/settings.py",
        "/js/%2e%2e/%2e%2e/settings.py",
        "/..%2fsettings.py",
        "/%2fetc%2fpasswd",
        "//etc/passwd",
        "/notes.txt",
        "/js",
        "/js/",
    ],
)
def test_no_other_file_is_served(page: Path, client: TestClient, path: str) -> None:
    (page.parent / "settings.py").write_text("secret")
    answer = client.get(path)
    assert answer.status_code == 404
    problem(answer)


def test_each_id_of_the_page_is_unique() -> None:
    ids = re.findall(r'\bid="([^"]+)"', (pages.PAGE / "index.html").read_text("utf-8"))
    assert len(ids) > 50
    assert len(ids) == len(set(ids))
