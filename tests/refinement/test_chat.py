"""Every way in which a server can fail, over HTTP, through the real client."""

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import pytest

from firs.errors import RefinementError
from firs.refinement.chat import MAX_CHARACTERS, TRIES, Chat, Reply, Settings
from tests.refinement.chat_server import KEY, ChatServer
from tests.waiting import wait_until

HELLO = [{"role": "user", "content": "hello"}]
SCHEMA = {"type": "object", "properties": {}}
BRIEF = 0.3
"""Seconds until a client gives up, where that is what is tested."""

Open = Callable[..., tuple[Chat, list[float]]]


@pytest.fixture
def chat(server: ChatServer) -> Iterator[Open]:
    """Open a client of the server, with the seconds that it waits, which pass at once."""
    with ExitStack() as stack:

        def start(**more: object) -> tuple[Chat, list[float]]:
            slept: list[float] = []
            client = Chat(server.settings(**more), slept.append)
            return stack.enter_context(closing(client)), slept

        yield start


def test_an_answer_comes_with_what_it_cost(server: ChatServer, chat: Open) -> None:
    reply = chat()[0].complete(HELLO, tokens=50)
    assert reply == Reply("two dogs in the snow", read=300, written=12)
    [asked] = server.asked
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("small", 0.4, 50)
    assert asked["messages"] == HELLO
    assert server.keys == [KEY]


def test_a_schema_is_asked_for(server: ChatServer, chat: Open) -> None:
    chat()[0].complete(HELLO, tokens=50, schema=SCHEMA)
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_server_that_knows_no_schemas_is_asked_without(server: ChatServer, chat: Open) -> None:
    server.knows_schemas = False
    assert chat()[0].complete(HELLO, tokens=50, schema=SCHEMA).text == server.answer
    assert ["response_format" in each for each in server.asked] == [True, False]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (401, "refused the key; set another one: FIRS_LLM_KEY"),
        (403, "refused the key"),
        (404, r"refused the request \(404\)"),
        (400, r"refused the request \(400\)"),
        ("slow", r"gave no answer in 0\.3 s"),
        ("drip", r"gave no answer in 0\.3 s"),
        ("cut", "broke off"),
        ("gone", "broke off or cannot be reached"),
        ("empty", "gave an empty answer"),
        ("endless", "answered without end"),
        ("noise", "broke off or cannot be reached"),
    ],
)
def test_what_fails_for_good_is_told_in_one_line(
    server: ChatServer, chat: Open, fault: int | str, told: str
) -> None:
    server.faults = [fault]
    more = {"timeout": BRIEF} if fault in ("slow", "drip") else {}
    with pytest.raises(RefinementError, match=told) as caught:
        chat(**more)[0].complete(HELLO, tokens=50)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    wait_until(lambda: server.asked, "the server has read the request")
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: ChatServer, chat: Open, fault: int) -> None:
    server.faults = [fault] * (TRIES - 1)
    talk, slept = chat()
    assert talk.complete(HELLO, tokens=50).text == server.answer
    assert slept == [1.0, 1.0]


def test_a_server_that_says_when_is_asked_again_then(server: ChatServer, chat: Open) -> None:
    server.faults, server.retry_after = [429], "7"
    talk, slept = chat()
    talk.complete(HELLO, tokens=50)
    assert slept == [7.0]


@pytest.mark.parametrize("when", ["soon", "Wed, 21 Oct 2099 07:28:00 GMT", "-3", "inf", ""])
def test_a_wish_that_is_no_number_of_seconds_counts_as_none(
    server: ChatServer, chat: Open, when: str
) -> None:
    server.faults, server.retry_after = [429], when
    talk, slept = chat()
    talk.complete(HELLO, tokens=50)
    assert slept == [1.0]


def test_patience_has_an_end(server: ChatServer, chat: Open) -> None:
    server.faults, server.retry_after = [429], "3600"
    talk, slept = chat()
    with pytest.raises(RefinementError, match=r"\(429; it requests a pause of 3600 s\)"):
        talk.complete(HELLO, tokens=50)
    assert slept == []


def test_so_have_tries(server: ChatServer, chat: Open) -> None:
    server.faults = [500] * TRIES
    with pytest.raises(RefinementError, match=r"is busy or failing \(500\)\.$"):
        chat()[0].complete(HELLO, tokens=50)
    assert len(server.asked) == TRIES


def test_nobody_is_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with (
        closing(Chat(Settings(model="m", base_url=address))) as talk,
        pytest.raises(RefinementError, match="cannot be reached"),
    ):
        talk.complete(HELLO, tokens=5)


def test_an_endless_answer_is_not_read_to_its_end(server: ChatServer, chat: Open) -> None:
    server.answer = "x" * (MAX_CHARACTERS + 1)
    with pytest.raises(RefinementError, match="without end"):
        chat()[0].complete(HELLO, tokens=50)


@pytest.mark.parametrize("fault", [401, 500, "cut", "slow"])
def test_the_key_is_in_no_log(
    server: ChatServer, chat: Open, fault: int | str, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = [fault] * TRIES
    more = {"timeout": BRIEF} if fault == "slow" else {}
    with caplog.at_level(logging.DEBUG), pytest.raises(RefinementError):
        chat(**more)[0].complete(HELLO, tokens=50)
    assert KEY not in caplog.text


def test_a_server_of_ones_own_needs_no_key(server: ChatServer, chat: Open) -> None:
    chat(key="")[0].complete(HELLO, tokens=50)
    assert server.keys == ["none"]


FAULTS = ["", 400, 401, 500, "slow", "drip", "cut", "gone", "empty", "endless", "noise"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_client_that_is_closed_leaves_no_connection(
    server: ChatServer, chat: Open, fault: int | str
) -> None:
    server.faults = [fault] * TRIES
    talk, _ = chat(**({"timeout": BRIEF} if fault in ("slow", "drip") else {}))
    with suppress(RefinementError):
        talk.complete(HELLO, tokens=50)
    talk.close()
    server.ending.set()
    wait_until(lambda: not server.connections, "the client has closed its connections")


def test_several_threads_share_one_client(server: ChatServer, chat: Open) -> None:
    server.faults = [401] * 8
    talk, _ = chat()

    def ask(_: int) -> None:
        with suppress(RefinementError):
            talk.complete(HELLO, tokens=50)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(8)))
    talk.close()
    wait_until(lambda: not server.connections, "the client has closed its connections")


def test_one_that_is_closed_may_be_used_again(server: ChatServer, chat: Open) -> None:
    talk, _ = chat()
    talk.close()
    talk.close()
    assert talk.complete(HELLO, tokens=50).text == server.answer
