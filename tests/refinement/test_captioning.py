"""Captions of a collection: kept by content, made by several at once, gone on with."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.encoders import Vectors
from firs.errors import InputError, RefinementError
from firs.refinement import Picture
from firs.refinement.captioning import (
    CaptionOptions,
    _Limiter,
    caption_all,
    captions_of,
    to_caption,
)
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
from tests.waiting import PATIENCE

COLOURS = ("red", "green", "blue", "yellow", "white", "black", "cyan", "magenta")


class Naming:
    """Names the colour of a picture; counts, can fail, and can wait for others ``together``."""

    key = "naming"
    sends = ""
    spent = (0, 0)

    def __init__(self, fails: bool = False, together: int = 1) -> None:
        self.calls = 0
        self.most = 0
        self._now = 0
        self._fails = fails
        self._together = threading.Barrier(together)
        self._lock = threading.Lock()

    def close(self) -> None:
        pass

    def caption(self, picture: Picture) -> tuple[str, ...]:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)
        self._together.wait(PATIENCE)
        with self._lock:
            self._now -= 1
        if self._fails:
            raise RefinementError("The server has gone.")
        return (f"of {picture.image.getpixel((0, 0))}",)


def no_vector(id_: int) -> Vectors:
    return np.zeros(1, dtype=np.float32)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    folder = tmp_path / "photos"
    folder.mkdir()
    for colour in COLOURS:
        plain(colour).save(folder / f"{colour}.png")
    (folder / "copy.png").write_bytes((folder / "red.png").read_bytes())
    with Collection(folder / ".firs", FakeEncoder()) as opened:
        opened.add(folder)
        yield opened


def ids(collection: Collection) -> list[int]:
    return [image.id for image in collection]


def test_captions_are_made_once_a_content(collection: Collection) -> None:
    naming = Naming()
    first = captions_of(collection, ids(collection), naming, no_vector)
    assert naming.calls == len(COLOURS)
    assert captions_of(collection, ids(collection), naming, no_vector) == first
    assert naming.calls == len(COLOURS)
    red, copy = collection.ids([collection.path.parent / name for name in ("red.png", "copy.png")])
    assert first[red] == first[copy]


def test_what_was_made_before_a_failure_is_kept(collection: Collection) -> None:
    class Failing(Naming):
        def caption(self, picture: Picture) -> tuple[str, ...]:
            told = super().caption(picture)
            if self.calls > 3:
                raise RefinementError("Gone.")
            return told

    with pytest.raises(RefinementError, match="Gone"):
        captions_of(collection, ids(collection), Failing(), no_vector)
    assert collection.made_captions.counts() == {"naming": 3}


def test_all_are_captioned_by_several_at_once(collection: Collection) -> None:
    naming, told = Naming(together=4), list[tuple[int, int]]()
    images = to_caption(collection, naming)
    pace = CaptionOptions(workers=4, progress=lambda done, to_do: told.append((done, to_do)))
    done = caption_all(collection, images, naming, no_vector, pace)
    assert (done.made, done.failed, done.stopped) == (len(COLOURS), {}, "")
    assert naming.most == 4
    assert told[-1] == (len(COLOURS), len(COLOURS))
    assert to_caption(collection, naming) == []


def test_a_stopped_run_is_gone_on_with(collection: Collection) -> None:
    naming = Naming()

    def stop(done: int, to_do: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    images = to_caption(collection, naming)
    with pytest.raises(KeyboardInterrupt):
        caption_all(collection, images, naming, no_vector, CaptionOptions(1, progress=stop))
    left = to_caption(collection, naming)
    assert len(left) == len(COLOURS) - 3
    assert caption_all(collection, left, naming, no_vector).made == len(left)


def test_a_server_that_is_gone_is_not_asked_for_all(collection: Collection) -> None:
    naming = Naming(fails=True)
    done = caption_all(
        collection, to_caption(collection, naming), naming, no_vector, CaptionOptions(1)
    )
    assert done.stopped == "The server has gone."
    assert len(done.failed) == 5
    assert naming.calls <= 6


def test_a_damaged_file_stops_nothing(collection: Collection) -> None:
    (collection.path.parent / "green.png").write_bytes(b"no picture")
    naming = Naming()
    done = caption_all(collection, to_caption(collection, naming), naming, no_vector)
    assert done.made == len(COLOURS) - 1
    [(id_, reason)] = done.failed.items()
    assert collection.image(id_).path.name == "green.png"
    assert reason


def test_the_rate_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three at once, a minute apart each: they wait none, one and two minutes."""
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)
    limiter, waited = _Limiter(1), list[float]()
    monkeypatch.setattr(limiter._stopped, "wait", waited.append)
    for _ in range(3):
        limiter.wait()
    assert waited == [0.0, 60.0, 120.0]


def test_without_a_rate_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = _Limiter(0)
    monkeypatch.setattr(limiter._stopped, "wait", None)
    limiter.wait()


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"rate": -1.0}, {"rate": float("inf")}])
def test_what_cannot_be_meant(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="Workers are 1 or more"):
        CaptionOptions(**wrong)  # type: ignore[arg-type]
