from fastapi.testclient import TestClient

from firs import __version__
from firs.feedback import FEEDBACKS
from firs.search import QUERY_STRATEGIES


def test_what_a_client_may_ask_for(client: TestClient) -> None:
    told = client.get("/api/v1/about").json()
    assert (told["name"], told["version"]) == ("QT-FIRS", __version__)
    assert [method["name"] for method in told["methods"]] == list(FEEDBACKS)
    assert all(method["summary"][0].isupper() for method in told["methods"])
    assert told["strategies"] == list(QUERY_STRATEGIES)
    assert told["max_upload_bytes"] == 200 * 2**20
