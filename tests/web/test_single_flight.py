import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from firs.web.image_files import SingleFlight
from tests.waiting import PATIENCE, wait_until


def test_concurrent_calls_compute_once() -> None:
    once: SingleFlight[int] = SingleFlight()
    begun, made = threading.Event(), []

    def make() -> int:
        begun.set()
        waiters = once._running["key"]._condition._waiters  # type: ignore[attr-defined]
        wait_until(lambda: len(waiters) == 4, "the others wait")
        made.append(7)
        return 7

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(once.get, "key", make)
        assert begun.wait(PATIENCE)
        others = [pool.submit(once.get, "key", make) for _ in range(4)]
        assert [each.result() for each in (first, *others)] == [7] * 5
    assert made == [7]


def test_other_keys_do_not_wait() -> None:
    once: SingleFlight[str] = SingleFlight()
    assert once.get("a", lambda: once.get("b", lambda: "inner")) == "inner"


def test_error_is_shared_by_waiters_and_not_cached() -> None:
    once: SingleFlight[int] = SingleFlight()
    with pytest.raises(ZeroDivisionError):
        once.get("key", lambda: 1 // 0)
    assert once.get("key", lambda: 3) == 3
