import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from firs.web.once import SingleFlight


def test_what_several_want_at_once_is_made_once() -> None:
    once: SingleFlight[int] = SingleFlight()
    begun, made = threading.Event(), []

    def make() -> int:
        begun.set()
        while len(once._running["key"]._condition._waiters) < 4:  # type: ignore[attr-defined]
            time.sleep(0.001)
        made.append(7)
        return 7

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(once.get, "key", make)
        assert begun.wait(10)
        others = [pool.submit(once.get, "key", make) for _ in range(4)]
        assert [each.result() for each in (first, *others)] == [7] * 5
    assert made == [7]


def test_other_keys_do_not_wait() -> None:
    once: SingleFlight[str] = SingleFlight()
    assert once.get("a", lambda: once.get("b", lambda: "inner")) == "inner"


def test_an_error_is_everybodys_and_is_not_kept() -> None:
    once: SingleFlight[int] = SingleFlight()
    with pytest.raises(ZeroDivisionError):
        once.get("key", lambda: 1 // 0)
    assert once.get("key", lambda: 3) == 3
