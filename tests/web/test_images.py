import io
import os
from pathlib import Path

import anyio
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from starlette.types import Message

from firs.collection import ImageRecord
from firs.web.image_files import Original, open_original
from firs.web.registries import collection_id
from tests.conftest import SCENES
from tests.imaging.making import corners
from tests.web.conftest import Serve, ended, problem


def test_details_of_an_image(client: TestClient, at: str, scenes: Path) -> None:
    body = client.get(f"{at}/images/3").json()
    assert body["name"] == "scene-00003.jpg"
    assert body["folder"] == str(scenes)
    assert (body["width"], body["height"], body["format"]) == (480, 360, "JPEG")
    assert body["bytes"] == (scenes / "scene-00003.jpg").stat().st_size
    assert len(body["captions"]) == 5
    assert body["taken_at"] is None


def test_newest_images_come_first(client: TestClient, at: str) -> None:
    body = client.get(f"{at}/images?count=5").json()
    assert body["total"] == SCENES
    assert [image["id"] for image in body["images"]] == [24, 23, 22, 21, 20]
    rest = client.get(f"{at}/images?start=20&count=10").json()
    assert [image["id"] for image in rest["images"]] == [4, 3, 2, 1]


@pytest.mark.parametrize(("size", "expected"), [(256, (256, 192)), (512, (480, 360))])
def test_thumbnail_has_size_and_etag(
    client: TestClient, at: str, size: int, expected: tuple[int, int]
) -> None:
    answer = client.get(f"{at}/images/3/thumbnail?size={size}")
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == expected
    again = client.get(
        f"{at}/images/3/thumbnail?size={size}", headers={"if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_address_with_the_version_is_cached_permanently(client: TestClient, at: str) -> None:
    version = client.get(f"{at}/images").json()["images"][-1]["version"]
    keep = client.get(f"{at}/images/1/thumbnail?v={version}").headers["cache-control"]
    assert "immutable" in keep
    stale = client.get(f"{at}/images/1/thumbnail?v=0000").headers["cache-control"]
    assert "immutable" not in stale


def test_thumbnails_are_stored_with_the_collection(
    client: TestClient, at: str, scenes: Path
) -> None:
    client.get(f"{at}/images/1/thumbnail")
    assert (scenes / ".firs" / "thumbnails.db").exists()


def test_the_file_itself(client: TestClient, at: str, scenes: Path) -> None:
    answer = client.get(f"{at}/images/2/file")
    assert answer.content == (scenes / "scene-00002.jpg").read_bytes()
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''scene-00002.jpg"
    tag = {"if-none-match": answer.headers["etag"]}
    assert client.get(f"{at}/images/2/file", headers=tag).status_code == 304


def test_client_that_disconnects_early_leaves_no_file_open(
    client: TestClient, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Original] = []

    def noted(image: ImageRecord) -> Original:
        opened.append(open_original(image))
        return opened[-1]

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def leave(message: Message) -> None:
        raise OSError("the client has left")

    monkeypatch.setattr("firs.web.images.open_original", noted)
    request = client.build_request("GET", f"{at}/images/3/file")
    scope = {
        "type": "http",
        "method": "GET",
        "path": request.url.path,
        "query_string": b"",
        "headers": [(b"host", request.url.netloc)],
        "client": ("127.0.0.1", 1),
    }
    with pytest.raises(OSError, match="has left"):
        anyio.run(client.app, scope, receive, leave)
    assert [each.file.closed for each in opened] == [True]


def test_media_type_is_that_of_the_content(client: TestClient, at: str, scenes: Path) -> None:
    corners().save(scenes / "scene-00002.jpg", "PNG")
    assert client.get(f"{at}/images/2/file").headers["content-type"] == "image/png"


@pytest.mark.parametrize("what", ["", "/thumbnail", "/file"])
@pytest.mark.parametrize("id_", ["0", "-1", "99999", "9" * 30, "1.5", "a", "1%00"])
def test_unknown_image_ids_are_not_found(client: TestClient, at: str, what: str, id_: str) -> None:
    answer = client.get(f"{at}/images/{id_}{what}")
    assert answer.status_code in (404, 422)
    problem(answer)


@pytest.mark.parametrize(
    "path",
    [
        "images/../../../../etc/passwd",
        "images/..%2f..%2fetc%2fpasswd/file",
        "images/%2e%2e%2f%2e%2e%2fetc%2fpasswd/thumbnail",
        "images//etc/passwd/file",
        "images/%2fetc%2fpasswd/file",
        "images/scene-00001.jpg/file",
        "images/1/file/../../../../firs.db",
        "images/1/thumbnail?size=../../etc",
        "images/1/thumbnail?size=3000",
    ],
)
def test_no_path_leads_to_a_file(client: TestClient, at: str, path: str) -> None:
    answer = client.get(f"{at}/{path}")
    assert answer.status_code in (404, 422)
    problem(answer)


@pytest.mark.parametrize("what", ["thumbnail", "file"])
def test_missing_file_is_not_found(client: TestClient, at: str, scenes: Path, what: str) -> None:
    client.get(f"{at}/images/1/{what}")
    (scenes / "scene-00001.jpg").unlink()
    answer = client.get(f"{at}/images/1/{what}")
    assert answer.status_code == 404
    assert "index its folder again" in problem(answer)["detail"]
    assert client.get(f"{at}/images/1").status_code == 200


def test_the_thumbnail_of_what_was_indexed_outlives_its_file(
    client: TestClient, at: str, scenes: Path
) -> None:
    [version] = [
        image["version"]
        for image in client.get(f"{at}/images").json()["images"]
        if image["id"] == 1
    ]
    shown = client.get(f"{at}/images/1/thumbnail?v={version}")
    assert "immutable" in shown.headers["cache-control"]
    corners().save(scenes / "scene-00001.jpg")
    assert client.get(f"{at}/images/1/thumbnail?v={version}").content == shown.content
    (scenes / "scene-00001.jpg").unlink()
    again = client.get(f"{at}/images/1/thumbnail?v={version}")
    assert (again.content, again.headers["etag"]) == (shown.content, shown.headers["etag"])
    assert client.get(f"{at}/images/1/thumbnail?v={version}&size=1024").status_code == 404
    assert client.get(f"{at}/images/1/thumbnail?v={version[:6]}").status_code == 404


@pytest.mark.parametrize("what", ["thumbnail", "file"])
def test_link_that_replaces_a_file_is_refused(
    client: TestClient, at: str, scenes: Path, tmp_path: Path, what: str
) -> None:
    corners().save(tmp_path / "secret.png")
    for target in (tmp_path / "secret.png", Path("/etc/passwd")):
        (scenes / "scene-00001.jpg").unlink()
        (scenes / "scene-00001.jpg").symlink_to(target)
        answer = client.get(f"{at}/images/1/{what}")
        assert answer.status_code == 404
        problem(answer)


def test_file_names_may_have_any_bytes(serve: Serve, scenes: Path) -> None:
    client = serve(scenes)
    at = f"/api/v1/collections/{collection_id(scenes / '.firs')}"
    name = os.fsdecode(b"caf\xe9.jpg")
    (scenes / "scene-00001.jpg").rename(scenes / name)
    job = client.post(f"{at}/index").json()["id"]
    assert ended(client, job)["state"] == "done"
    assert client.get(f"{at}/images/1").json()["name"] == "caf\ufffd.jpg"
    assert (
        client.get(f"{at}/images/1/file").headers["content-disposition"].endswith("%EF%BF%BD.jpg")
    )
