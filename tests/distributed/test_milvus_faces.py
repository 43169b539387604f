"""A collection on a server from the command line and over HTTP."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs.collection import Collection
from firs.web.app import create_app
from firs.web.server import Settings
from tests.cli.conftest import Firs, firs
from tests.collection.conftest import COLOURS, photo, photos, rainbow

__all__ = ["firs", "photo", "photos", "rainbow"]

pytestmark = pytest.mark.distributed


def test_at_the_command_line(url: str, rainbow: Path, firs: Firs, tmp_path: Path) -> None:
    absent = firs("search", "red", "-c", url)
    assert (absent.code, "--store" in absent.err) == (1, True)
    done = firs("index", rainbow, "--store", url, "--encoder", "fake")
    first, counts, after = done.out.splitlines()
    assert first == f"{len(COLOURS)} images in {url}"
    assert counts.startswith(f"  {len(COLOURS)} new")
    assert after.endswith(f"--collection {url}")
    assert "unchanged" in firs("index", rainbow, "-c", url).out
    found = firs("search", "red", "-k", "1", "--paths", "-c", url)
    assert found.out == f"{rainbow / 'red.png'}\n"
    assert "1 new tag" in firs("tag", "add", "warm", "--in", "**/red.png", "-c", url).out
    assert firs("tag", "list", "-c", url).out == "1\twarm\n"
    shown = firs("info", "-c", url).out
    assert f"images      {len(COLOURS)}\n" in shown
    assert "on disk" not in shown
    file = tmp_path / "vectors.npz"
    assert firs("vectors", "export", file, "-c", url).code == 0
    assert firs("vectors", "import", file, "--encoder", "fake", "-c", url).code == 0
    assert firs("encoders", "--remove", "fake", "-c", url).code == 0
    assert "is empty" in firs("search", "red", "-c", url).err


def test_over_http(url: str, rainbow: Path, tmp_path: Path) -> None:
    with Collection(url) as collection:
        collection.add(rainbow)
    settings = Settings(memory=tmp_path / "served.json", cache=tmp_path / "thumbnails")
    app = create_app([url], settings)
    with TestClient(app, base_url="http://127.0.0.1:8017") as client:
        (shown,) = client.get("/api/v1/collections").json()
        assert (shown["path"], shown["images"]) == (url, len(COLOURS))
        here = f"/api/v1/collections/{shown['id']}"
        listed = client.get(f"{here}/images").json()
        assert listed["total"] == len(COLOURS)
        image = listed["images"][0]["id"]
        small = client.get(f"{here}/images/{image}/thumbnail")
        assert small.headers["content-type"] == "image/webp"
        assert list((tmp_path / "thumbnails").glob(f"{shown['id']}*.db"))
        session = client.post(f"{here}/sessions", json={"terms": [{"text": "red"}]}).json()
        results = client.get(f"{here}/sessions/{session['id']}/rounds/0/results").json()
        assert len(results["results"]) == len(COLOURS)
        job = client.post(f"{here}/index", json={}).json()
        assert job["collection"] == shown["id"]
