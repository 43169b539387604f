import shutil
from pathlib import Path

from fastapi.testclient import TestClient

from firs.samples import copy_samples
from tests.conftest import SCENES
from tests.web.conftest import ended, problem


def test_a_job_is_followed_until_it_ends(client: TestClient, at: str, scenes: Path) -> None:
    copy_samples(scenes, 6, first=SCENES + 1)
    shutil.copy(scenes / "scene-00025.jpg", scenes / "scene-00001.jpg")
    job = client.post(f"{at}/index").json()["id"]
    answer = client.get(f"/api/v1/jobs/{job}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    body = ended(client, job)
    assert body["state"] == "done"
    assert (body["report"]["added"], body["report"]["updated"]) == (6, 1)
    assert client.get(f"/api/v1/jobs/{job}").json() == body
    assert client.get("/api/v1/jobs").json() == [body]


def test_ended_job_can_be_stopped(client: TestClient, at: str) -> None:
    job = client.post(f"{at}/index").json()["id"]
    ended(client, job)
    assert client.delete(f"/api/v1/jobs/{job}").json()["state"] == "done"


def test_unknown_job_is_not_found(client: TestClient) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
        answer = client.request(method, f"/api/v1/jobs/none{path}")
        assert answer.status_code == 404
        problem(answer)
