import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.web.conftest import problem


def test_similar_parts_of_two_images(client: TestClient, at: str) -> None:
    body = client.get(f"{at}/images/3/likeness/7", params={"encoder": "mini"}).json()
    again = client.get(f"{at}/images/7/likeness/3").json()
    assert body["score"] == pytest.approx(again["score"])
    assert body["alike"]
    for each in body["alike"]:
        assert all(0 < share < 1 for share in (*each["first"], *each["second"]))
    answer = client.get(body["overlay"])
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (480, 360)


def test_image_is_most_similar_to_itself(client: TestClient, at: str) -> None:
    body = client.get(f"{at}/images/3/likeness/3").json()
    assert body["score"] == pytest.approx(1, abs=1e-4)
    assert all(each["first"] == each["second"] for each in body["alike"])


@pytest.mark.parametrize("what", ["", "/overlay"])
def test_missing_objects_are_not_found(
    client: TestClient, at: str, scenes: Path, what: str
) -> None:
    for pair in ("3/likeness/999", "999/likeness/3"):
        assert client.get(f"{at}/images/{pair}{what}").status_code == 404
    assert client.get(f"{at}/images/3/likeness/7{what}?encoder=clip").status_code == 422
    (scenes / "scene-00007.jpg").unlink()
    answer = client.get(f"{at}/images/3/likeness/7{what}")
    assert answer.status_code == 404
    assert "index its folder again" in problem(answer)["detail"]
