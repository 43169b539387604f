"""A language model's server, and images with captions."""

from collections.abc import Iterator

import pytest

from tests.refinement.chat_server import ChatServer, running


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with running() as started:
        yield started
