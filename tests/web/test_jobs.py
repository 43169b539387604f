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
    told = ended(client, job)
    assert told["state"] == "done"
    assert (told["report"]["added"], told["report"]["updated"]) == (6, 1)
    assert client.get(f"/api/v1/jobs/{job}").json() == told
    assert client.get("/api/v1/jobs").json() == [told]


def test_one_that_has_ended_can_be_asked_to_stop(client: TestClient, at: str) -> None:
    job = client.post(f"{at}/index").json()["id"]
    ended(client, job)
    assert client.delete(f"/api/v1/jobs/{job}").json()["state"] == "done"


def test_one_that_is_not_there(client: TestClient) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
        answer = client.request(method, f"/api/v1/jobs/none{path}")
        assert answer.status_code == 404
        problem(answer)
