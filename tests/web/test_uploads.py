import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from firs.web.images import file_name
from firs.web.server import MIB, Limits
from tests.imaging.making import encoded, plain, png_header
from tests.web.conftest import Serve, problem

PICTURE = encoded(plain(size=(900, 600)), "JPEG")


def test_an_example_picture(client: TestClient, at: str) -> None:
    answer = client.post(f"{at}/uploads", files={"file": ("My cat.jpg", PICTURE)})
    assert answer.status_code == 201
    fields = answer.json()
    assert (fields["name"], fields["width"], fields["height"]) == ("My cat.jpg", 900, 600)
    shown = client.get(f"/api/v1/uploads/{fields['id']}/thumbnail")
    assert Image.open(io.BytesIO(shown.content)).size == (256, 171)
    tag = {"if-none-match": shown.headers["etag"]}
    assert client.get(f"/api/v1/uploads/{fields['id']}/thumbnail", headers=tag).status_code == 304


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg/>", PICTURE[:500], png_header(50_000, 50_000)]
)
def test_non_picture_is_refused(client: TestClient, at: str, data: bytes) -> None:
    answer = client.post(f"{at}/uploads", files={"file": ("a.jpg", data, "image/jpeg")})
    assert answer.status_code == 422
    assert "no picture that can be read" in problem(answer)["detail"]


def test_oversized_upload_is_not_read_completely(serve: Serve, scenes: str, at: str) -> None:
    client, sent = serve(scenes, limits=Limits(upload_bytes=MIB)), 0

    def form() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        yield PICTURE
        for _ in range(400):
            sent += MIB // 4
            yield b"\0" * (MIB // 4)
        yield b"\r\n--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    declared = headers | {"content-length": str(100 * MIB)}
    for given in (headers, declared):
        answer = client.post(f"{at}/uploads", content=form(), headers=given)
        assert answer.status_code == 413
        problem(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x--\r\n",
        b"nonsense",
        b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nhello\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--x--\r\n',
    ],
)
def test_invalid_forms_are_refused(client: TestClient, at: str, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post(f"{at}/uploads", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    problem(answer)


def test_several_files_are_refused(client: TestClient, at: str) -> None:
    files = [("file", ("a.jpg", PICTURE)), ("file", ("b.jpg", PICTURE))]
    answer = client.post(f"{at}/uploads", files=files)
    assert answer.status_code == 400
    problem(answer)


def test_unknown_collection_or_upload_is_not_found(client: TestClient) -> None:
    files = {"file": ("a.jpg", PICTURE)}
    answer = client.post("/api/v1/collections/none/uploads", files=files)
    assert answer.status_code == 404
    assert client.get("/api/v1/uploads/none/thumbnail").status_code == 404


@pytest.mark.parametrize(
    ("name", "plain_name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("/", "picture"),
        (None, "picture"),
        ("a\nb\x1b[31m.jpg", "ab[31m.jpg"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_names_of_uploads_are_no_paths(name: str | None, plain_name: str) -> None:
    assert file_name(name) == plain_name
