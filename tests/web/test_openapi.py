from fastapi.testclient import TestClient

from firs.web.problems import MEDIA_TYPE


def test_every_route_documents_its_errors(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["components"]["schemas"]["Problem"]["properties"]["detail"]
    for methods in document["paths"].values():
        for body in methods.values():
            assert "422" not in body["responses"]
            assert MEDIA_TYPE in body["responses"]["default"]["content"]
            assert body["description"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
