from fastapi.testclient import TestClient

from firs import __version__
from firs.feedback import FEEDBACKS
from firs.search import QUERY_STRATEGIES


def test_about_lists_the_capabilities(client: TestClient) -> None:
    body = client.get("/api/v1/about").json()
    assert (body["name"], body["version"]) == ("QT-FIRS", __version__)
    assert [method["name"] for method in body["methods"]] == list(FEEDBACKS)
    assert all(method["summary"][0].isupper() for method in body["methods"])
    assert body["strategies"] == list(QUERY_STRATEGIES)
    assert body["max_upload_bytes"] == 200 * 2**20
