import io
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.web.conftest import problem

TEXT = "a dog on a beach"


def test_explanation_has_words_and_an_overlay(client: TestClient, at: str) -> None:
    body = client.get(f"{at}/images/3/explanation", params={"text": TEXT}).json()
    assert (body["method"], body["text"]) == ("patches", TEXT)
    assert [word["word"] for word in body["words"]] == TEXT.split()
    assert [word["start"] for word in body["words"]] == [0, 2, 6, 9, 11]
    assert body["faithfulness"] is None
    answer = client.get(body["overlay"])
    assert answer.headers["content-type"] == "image/png"
    layer = Image.open(io.BytesIO(answer.content))
    assert (layer.mode, layer.size) == ("RGBA", (480, 360))
    assert np.asarray(layer)[..., 3].max() == 255


def test_browser_may_cache_the_overlay(client: TestClient, at: str) -> None:
    address = f"{at}/images/3/explanation/overlay?text=a+dog"
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{address}gy").headers["etag"] != tag


def test_map_is_tested(client: TestClient, at: str) -> None:
    request = {"text": TEXT, "check": "true", "encoder": "mini"}
    found = client.get(f"{at}/images/3/explanation", params=request).json()["faithfulness"]
    assert "another one" in found["summary"] or "do not rely" in found["summary"]
    assert 0 <= found["beats"] <= 1


def test_explanation_by_words_alone_has_no_overlay(client: TestClient, at: str) -> None:
    request = {"text": TEXT, "method": "words", "check": "true"}
    body = client.get(f"{at}/images/3/explanation", params=request).json()
    assert (body["overlay"], body["faithfulness"]) == (None, None)
    answer = client.get(f"{at}/images/3/explanation/overlay", params=request)
    assert answer.status_code == 404
    assert "has no map to show" in problem(answer)["detail"]


@pytest.mark.parametrize("what", ["", "/overlay"])
@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("", 422, "query.text"),
        ("?text=", 422, "query.text"),
        ("?text=%3F!", 422, "There is no word in"),
        ("?text=a%00b", 422, "NUL"),
        ("?text=a&method=magic", 422, "method 'magic'"),
        ("?text=a&method=clipseg", 422, "Choose one of: patches, occlusion"),
        ("?text=a&method=clipseg:/etc", 422, "method 'clipseg:/etc'"),
        ("?text=a&encoder=clip", 422, "no vectors of 'clip'"),
    ],
)
def test_invalid_explanations_are_refused(
    client: TestClient, at: str, what: str, query: str, status: int, body: str
) -> None:
    answer = client.get(f"{at}/images/3/explanation{what}{query}")
    assert answer.status_code == status
    assert body in problem(answer)["detail"]


@pytest.mark.parametrize("what", ["", "/overlay"])
def test_missing_picture_is_reported(client: TestClient, at: str, scenes: Path, what: str) -> None:
    (scenes / "scene-00003.jpg").unlink()
    answer = client.get(f"{at}/images/3/explanation{what}?text=a+dog")
    assert answer.status_code == 404
    assert "index its folder again" in problem(answer)["detail"]
    assert client.get(f"{at}/images/999/explanation{what}?text=a+dog").status_code == 404


def test_a_link_put_in_its_place_is_not_followed(
    client: TestClient, at: str, scenes: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.png")
    (scenes / "scene-00003.jpg").unlink()
    (scenes / "scene-00003.jpg").symlink_to(tmp_path / "secret.png")
    assert client.get(f"{at}/images/3/explanation?text=a+dog").status_code == 404
