import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs.collection import Collection
from firs.samples import copy_samples
from firs.web.collections import common_folder
from tests.imaging.making import plain
from tests.stores import sqlite_store
from tests.web.conftest import Serve, ended, problem


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder that is not indexed yet."""
    copy_samples(tmp_path / "photos", 3)
    return tmp_path / "photos"


def begin(client: TestClient, **request: object) -> dict[str, object]:
    answer = client.post("/api/v1/collections", json=request)
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    return ended(client, job["id"])


def test_a_new_folder_becomes_a_collection(client: TestClient, photos: Path) -> None:
    job = begin(client, folder=str(photos))
    assert job["state"] == "done"
    body = client.get(f"/api/v1/collections/{job['collection']}").json()
    assert (body["name"], body["images"], body["captions"]) == ("photos", 3, 15)
    assert body["path"] == str(photos / ".firs")
    assert body["busy"] is None
    assert body["encoders"] == ["mini"]


def test_next_run_remembers_the_collection(serve: Serve, photos: Path, tmp_path: Path) -> None:
    memory = tmp_path / "cache" / "served.json"
    job = begin(serve(memory=memory), folder=str(photos))
    again = serve(memory=memory).get("/api/v1/collections").json()
    assert [body["id"] for body in again] == [job["collection"]]


def test_collection_may_be_stored_elsewhere(
    client: TestClient, photos: Path, tmp_path: Path
) -> None:
    job = begin(client, folder=str(photos), collection=str(tmp_path / "kept"))
    body = client.get(f"/api/v1/collections/{job['collection']}").json()
    assert (body["name"], body["path"]) == ("kept", str(tmp_path / "kept"))
    assert not (photos / ".firs").exists()
    plain().save(photos / "new.png")
    again = client.post(f"/api/v1/collections/{job['collection']}/index").json()
    assert ended(client, again["id"])["report"]["added"] == 1


def test_folder_inside_a_collection_is_added_to_it(
    client: TestClient, scenes: Path, at: str
) -> None:
    (scenes / "more").mkdir()
    plain().save(scenes / "more" / "red.png")
    job = begin(client, folder=str(scenes / "more"))
    assert at.endswith(str(job["collection"]))
    assert len(client.get("/api/v1/collections").json()) == 1


def test_new_photos_are_added_and_missing_ones_pruned_on_request(
    client: TestClient, at: str, scenes: Path
) -> None:
    (scenes / "scene-00001.jpg").unlink()
    plain().save(scenes / "red.png")
    stored = ended(client, client.post(f"{at}/index").json()["id"])["report"]
    assert (stored["added"], stored["missing"], stored["removed"]) == (1, 1, 0)
    pruned = client.post(f"{at}/index", json={"prune": True}).json()
    assert ended(client, pruned["id"])["report"]["removed"] == 1


def test_unreadable_files_are_listed(client: TestClient, at: str, scenes: Path) -> None:
    (scenes / "broken.jpg").write_bytes(b"no picture")
    job = ended(client, client.post(f"{at}/index").json()["id"])
    assert job["report"]["problems"] == 1
    body = client.get(f"{at}/problems").json()
    assert body == [{"path": str(scenes / "broken.jpg"), "reason": "not an image"}]


@pytest.mark.parametrize("folder", ["photos", "./photos", "../photos", "", " "])
def test_relative_path_is_refused(client: TestClient, folder: str) -> None:
    answer = client.post("/api/v1/collections", json={"folder": folder})
    assert answer.status_code == 422
    problem(answer)


@pytest.mark.parametrize("folder", ["/no/such/folder", "/etc/passwd", "/a\x00b", "/" + "x" * 5000])
def test_path_that_is_no_folder_is_refused(client: TestClient, folder: str) -> None:
    answer = client.post("/api/v1/collections", json={"folder": folder})
    assert answer.status_code == 422
    problem(answer)


def test_a_folder_without_pictures_leaves_no_collection(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    job = begin(client, folder=str(tmp_path / "empty"))
    assert job["state"] == "failed"
    assert "no pictures" in str(job["message"])
    assert not (tmp_path / "empty" / ".firs").exists()
    assert len(client.get("/api/v1/collections").json()) == 1


def test_too_many_jobs_leave_no_collection(
    client: TestClient, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firs.web.jobs.AT_ONCE", 0)
    answer = client.post("/api/v1/collections", json={"folder": str(photos)})
    assert answer.status_code == 409
    assert not (photos / ".firs").exists()
    assert len(client.get("/api/v1/collections").json()) == 1


def test_job_stopped_early_leaves_no_collection(
    client: TestClient, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(
        self: Collection, *_: object, progress: Callable[[int, int], None], **__: object
    ) -> None:
        client.delete(f"/api/v1/jobs/{client.get('/api/v1/jobs').json()[0]['id']}")
        progress(0, 3)

    monkeypatch.setattr(Collection, "add", stopped)
    assert begin(client, folder=str(photos))["state"] == "cancelled"
    assert not (photos / ".firs").exists()


def test_foreign_folder_is_left_unchanged(client: TestClient, photos: Path) -> None:
    answer = client.post(
        "/api/v1/collections", json={"folder": str(photos), "collection": str(photos)}
    )
    assert answer.status_code == 409
    assert problem(answer)["type"] == "/docs#not-a-collection"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_folder_is_refused(client: TestClient, photos: Path) -> None:
    photos.chmod(0)
    answer = client.post("/api/v1/collections", json={"folder": str(photos)})
    photos.chmod(0o700)
    assert answer.status_code in (422, 507)


def test_only_allowed_folders_can_be_indexed(serve: Serve, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "way-out").symlink_to(photos)
    client = serve(folders=(tmp_path / "allowed",))
    for folder in (photos, tmp_path / "allowed" / ".." / "photos", tmp_path / "allowed/way-out"):
        answer = client.post("/api/v1/collections", json={"folder": str(folder)})
        assert answer.status_code == 403
        assert "--folders" in problem(answer)["detail"]
    copy_samples(tmp_path / "allowed" / "new", 1)
    assert begin(client, folder=str(tmp_path / "allowed" / "new"))["state"] == "done"
    out = {"folder": str(tmp_path / "allowed" / "new"), "collection": str(tmp_path / "kept")}
    assert client.post("/api/v1/collections", json=out).status_code == 403


def test_collection_above_an_allowed_folder_is_not_opened(serve: Serve, scenes: Path) -> None:
    (scenes / "allowed").mkdir()
    plain().save(scenes / "allowed" / "red.png")
    client = serve(folders=(scenes / "allowed",))
    request = {"folder": str(scenes / "allowed")}
    assert client.post("/api/v1/collections", json=request).status_code == 403
    assert client.get("/api/v1/collections").json() == []
    open_already = serve(scenes, folders=(scenes / "allowed",))
    assert begin(open_already, **request)["state"] == "done"


def test_second_job_of_a_collection_is_refused(client: TestClient, at: str, scenes: Path) -> None:
    with Collection(scenes / ".firs") as other, sqlite_store(other).database.writing():
        job = ended(client, client.post(f"{at}/index").json()["id"])
    assert job["state"] == "failed"
    assert "Something else" in job["message"]


def test_paths_and_urls_have_no_folder_in_common() -> None:
    assert common_folder(["/photos/2024", "/photos/2023"]) == Path("/photos")
    assert common_folder(["/photos/2024", "s3:/bucket"]) == Path("/")
    assert common_folder([]) == Path("/")
