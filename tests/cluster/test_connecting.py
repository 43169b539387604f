"""What may name a cluster, and what is said where Ray is not installed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from firs.cluster.connection import check, reason
from firs.collection import Collection
from firs.errors import InputError, MissingExtra

here = pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")


@pytest.mark.parametrize("on", ["dask", "ray:", "ray://", "ray://head", "head", "head:port", ""])
def test_invalid_addresses(on: str) -> None:
    with pytest.raises(
        InputError, match=r"is no address of a Ray cluster\. Write ray for one on this machine"
    ):
        check(on)


@here
@pytest.mark.parametrize("on", ["ray", "auto", "ray://head:10001", "10.0.0.7:6379"])
def test_an_address_needs_ray(on: str) -> None:
    with pytest.raises(MissingExtra, match=r"Ray clusters need the extra 'ray': pip install"):
        check(on)


@here
def test_nothing_is_written_where_ray_is_missing(rainbow: Path) -> None:
    with Collection(rainbow / ".firs", "mini") as collection:
        with pytest.raises(MissingExtra):
            collection.add(rainbow, on="ray")
        assert len(collection) == 0
        assert collection.add(rainbow).added == 8


def test_of_a_long_reason_one_line_is_reported() -> None:
    assert reason(ConnectionError("nobody there\n\nTraceback …")) == "nobody there."
    assert reason(TimeoutError()) == "TimeoutError."
    failed = "\x1b[36mray::next()\x1b[39m (pid=7)\n  File …\nModuleNotFoundError: No module"
    assert reason(RuntimeError(failed)) == "ModuleNotFoundError: No module."
