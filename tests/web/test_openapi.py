from fastapi.testclient import TestClient

from firs.web.problems import MEDIA_TYPE


def test_every_route_says_how_errors_look(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["components"]["schemas"]["Problem"]["properties"]["detail"]
    for methods in document["paths"].values():
        for told in methods.values():
            assert "422" not in told["responses"]
            assert MEDIA_TYPE in told["responses"]["default"]["content"]
            assert told["description"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
