import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs import errors
from firs.web import problems
from firs.web.images import image_of
from tests.web.conftest import problem


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/collections/none-such", 404),
        ("GET", "/api/v1/jobs/none", 404),
        ("PUT", "/api/v1/about", 405),
        ("GET", "/api/v1/collections/%00", 422),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    problem(answer)


def test_invalid_request_names_the_field(client: TestClient) -> None:
    fields = problem(client.post("/api/v1/collections", json={"folder": 3, "collection": ""}))
    assert fields["status"] == 422
    assert [mistake["at"] for mistake in fields["mistakes"]] == ["body.folder", "body.collection"]
    assert "body.folder" in fields["detail"]


def test_invalid_json_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/collections", content=b"{'", headers=headers)
    assert problem(answer)["status"] == 422


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.InputError("no"), 422, "input-error"),
        (errors.CollectionBusy("no"), 409, "collection-busy"),
        (errors.StorageError("no"), 507, "storage-error"),
        (errors.EncoderMismatch("no"), 409, "encoder-mismatch"),
        (errors.MissingExtra("HEIC pictures", "heif"), 409, "missing-extra"),
    ],
)
def test_our_errors_keep_their_message(error: errors.FirsError, status: int, kind: str) -> None:
    answer = problems.problem_of(error)
    assert answer.status_code == status
    assert str(error).encode() in bytes(answer.body).replace(b'\\"', b'"')
    assert f"/docs#{kind}".encode() in bytes(answer.body)


def test_each_kind_is_explained_where_its_type_leads(client: TestClient) -> None:
    page = client.get("/docs").text
    for kind in (errors.InputError, errors.CollectionBusy, errors.EncoderMismatch):
        assert f'id="{problems.kind_of(kind)}"' in page


def test_unexpected_error_is_logged_and_not_shown(
    client: TestClient,
    at: str,
    scenes: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"secret in {scenes}")

    monkeypatch.setattr(f"firs.web.images.{image_of.__name__}", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"{at}/images/1")
    fields = problem(answer)
    assert fields["status"] == 500
    assert "secret" not in answer.text
    assert "ZeroDivisionError: secret" in caplog.text
