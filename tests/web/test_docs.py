"""Every route stands in docs/api.md with an example, and nothing else does."""

import re
import shlex
from pathlib import Path

from fastapi.testclient import TestClient

from firs import errors
from firs.web.problems import kind_of

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
METHODS = {"get", "post", "delete", "put", "patch"}
ROUTE = r"^### `([A-Z]+) (/\S+)`$"


def sections() -> dict[tuple[str, str], str]:
    """Method and path → what stands under their heading."""
    _, *parts = re.split(ROUTE, PAGE, flags=re.MULTILINE)
    return dict(
        zip(zip(parts[::3], parts[1::3], strict=True), parts[2::3], strict=True),
    )


def routes(client: TestClient) -> set[tuple[str, str]]:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return {(method.upper(), path) for path, body in paths.items() for method in body}


def test_exactly_the_existing_routes_are_documented(client: TestClient) -> None:
    assert set(sections()) == routes(client)


def test_every_route_has_an_example(client: TestClient) -> None:
    for (method, path), body in sections().items():
        [example] = re.findall(r"^```sh\n(curl .*?)^```", body, re.DOTALL | re.MULTILINE)
        words = shlex.split(example.replace("\\\n", " "))
        [address] = [word for word in words if word.startswith(("$API", "$HERE"))]
        whole = address.replace("$HERE", "$API/collections/scenes-9c9874")
        pattern = re.sub(r"\{\w+\}", r"[^/?]+", path.removeprefix("/api/v1"))
        assert re.fullmatch(rf"\$API{pattern}(\?.*)?", whole), (method, path, address)
        request = words[words.index("-X") + 1] if "-X" in words else _usual(words)
        assert request == method, (method, path)


def test_every_query_parameter_is_documented(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for (method, path), body in sections().items():
        for parameter in paths[path][method.lower()].get("parameters", []):
            if parameter["in"] == "query":
                assert f"`{parameter['name']}`" in body, (method, path, parameter["name"])


def test_every_field_of_a_body_is_documented(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    for (method, path), body in sections().items():
        content = document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
        for name in re.findall(r"#/components/schemas/(\w+)", str(content)):
            for field in schemas[name].get("properties", {}):
                assert f"`{field}`" in body or f'"{field}"' in body, (method, path, field)


def test_every_kind_of_problem_is_documented() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    for kind in kinds:
        assert f"`{kind_of(kind)}`" in PAGE


def _usual(words: list[str]) -> str:
    """What curl sends without being told a method."""
    return "POST" if {"--json", "-F", "-d"} & set(words) else "GET"
