"""Requests that nobody would send, made from the OpenAPI document: none may end in a 5xx."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
)

from firs.session import Session
from firs.web.app import create_app
from firs.web.server import Limits, Settings

Places = dict[str, Any]

DOCUMENT = "/api/v1/openapi.json"
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]

bounded = settings(
    max_examples=15,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def app(indexed_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server from which no folder can be indexed, and that nobody can ask too fast."""
    folder = Path(shutil.copytree(indexed_scenes, tmp_path_factory.mktemp("schema") / "scenes"))
    hosts, limits = frozenset({"testserver"}), Limits(reads=1e6, writes=1e6)
    made = create_app([folder / ".firs"], Settings(hosts, folders=(), limits=limits))
    yield made
    made.state.firs.close()


@pytest.fixture(scope="module")
def document(app: Any) -> Any:
    return schemathesis.openapi.from_asgi(DOCUMENT, app)


@pytest.fixture(scope="module")
def places(app: Any) -> Places:
    """Ids of what there is, so that half of the requests get beyond 404."""
    [opened] = app.state.firs.collections
    session = Session.start(opened.collection, "a red train")
    return {"collection": opened.id, "session": session.id, "image": 3, "number": 0}


def operations(document: Any) -> list[Any]:
    return [found.ok() for found in document.get_all_operations()]


def ask(operation: Any, ids: Places, mode: GenerationMode) -> None:
    @bounded
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        known = {name: id_ for name, id_ in ids.items() if name in case.path_parameters}
        case.path_parameters.update(known)
        case.call_and_validate(checks=CHECKS)

    check()


def test_requests_for_existing_objects(document: Any, places: Places) -> None:
    for operation in operations(document):
        if operation.method != "delete":
            ask(operation, places, GenerationMode.POSITIVE)


def test_requests_that_break_the_rules(document: Any) -> None:
    for operation in operations(document):
        if _can_be_broken(operation):
            ask(operation, {}, GenerationMode.NEGATIVE)


def _can_be_broken(operation: Any) -> bool:
    """Whether a client has anything to say in it."""
    return bool(operation.path_parameters or operation.query or operation.body)
