"""How long the server takes: a search, a round, a thumbnail; and 32 users for a minute.

    python benchmarks/serve.py [DATA] [--images 36014] [--users 32] [--seconds 60]

It makes a collection (in build/, so that a second run starts at once) of the photos in
DATA/flickr8k and of small pictures up to the given number, with random vectors, and sends requests
to a real `firs serve` over loopback, from this process. A user searches, looks at twelve
thumbnails, marks three results, iterates, looks again, and waits about a second before each step.
"""

import argparse
import csv
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image
from search_latency import Generated

from firs.collection import Collection
from firs.encoders import open_encoder

DIGITS = 6
SEARCHES, ROUNDS, THUMBNAILS = 200, 100, 200
SHOWN, LOOKED_AT = 60, 12

Times = dict[str, list[float]]


def collection(folder: Path, photos: Path, count: int) -> None:
    """Make the collection, unless it exists; delete its thumbnails."""
    for cache in folder.glob(".firs/thumbnails.db*"):
        cache.unlink()
    if (folder / "whole").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    real = sorted(photos.glob("*.jpg"))[:count] if photos.is_dir() else []
    for photo in real:
        (folder / photo.name).unlink(missing_ok=True)
        (folder / photo.name).symlink_to(photo.resolve())
    pixels = np.random.default_rng(3).integers(0, 256, (count - len(real), 8, 8, 3), dtype=np.uint8)
    for at, square in enumerate(pixels):
        Image.fromarray(square).save(folder / f"{at:0{DIGITS}}.png")
    with Collection(folder / ".firs", encoder=Generated(open_encoder())) as made:
        made.add(folder)
    (folder / "whole").touch()


def captions(data: Path) -> list[str]:
    file = data / "flickr8k" / "captions.tsv"
    if not file.exists():
        return [f"a {what} in the {where}" for what in ("dog", "boat") for where in ("sun", "snow")]
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["caption"] for row in rows[:: len(rows) // 5_000]]


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run `firs serve`; yield its address."""
    environment = os.environ | {"FIRS_CACHE": str(folder.parent / "cache")}
    command = [sys.executable, "-m", "firs", "serve", str(folder), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://\S+", process.stderr.readline())
            assert found is not None, "the server did not start"
            yield found[0]
        finally:
            process.terminate()
            process.communicate()


class User:
    """A user of the page: their requests, and how long each response took."""

    def __init__(self, address: str, queries: list[str], seed: int = 0) -> None:
        self.client = httpx2.Client(base_url=f"{address}api/v1", timeout=60)
        self.times: Times = defaultdict(list)
        self.errors: list[str] = []
        self._queries = queries
        self._random = random.Random(seed)
        [description] = self.client.get("/collections").json()
        self.at = f"/collections/{description['id']}"

    def send(self, name: str, method: str, path: str, **options: Any) -> Any:
        """Send one request; its time counts as ``name``."""
        start = time.perf_counter()
        response = self.client.request(method, path, **options)
        self.times[name].append(1000 * (time.perf_counter() - start))
        if response.status_code >= 400:
            self.errors.append(f"{method} {path}: {response.status_code} {response.text}")
        return response

    def search(self) -> tuple[str, list[dict[str, Any]]]:
        """Search, and return the first results."""
        query = {"terms": [{"text": self._random.choice(self._queries)}]}
        session = self.send("search", "POST", f"{self.at}/sessions", json=query).json()
        here = f"{self.at}/sessions/{session['id']}"
        return here, self.results(here, 0)

    def results(self, here: str, round_: int) -> list[dict[str, Any]]:
        path = f"{here}/rounds/{round_}/results?count={SHOWN}"
        found: list[dict[str, Any]] = self.send("results", "GET", path).json()["results"]
        return found

    def iterate(self, here: str, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Mark three results, and request the next round."""
        ids = [result["id"] for result in self._random.sample(results[:LOOKED_AT], 3)]
        marks = {"relevant": ids[:2], "irrelevant": ids[2:]}
        self.send("marks", "POST", f"{here}/rounds/0/marks", json=marks)
        self.send("next", "POST", f"{here}/rounds/0/next", json={"shown": LOOKED_AT})
        return self.results(here, 1)

    def look(self, results: list[dict[str, Any]], pause: Callable[[], None] | None = None) -> None:
        for result in results[:LOOKED_AT]:
            path = f"{self.at}/images/{result['id']}/thumbnail?size=512&v={result['version']}"
            self.send("thumbnail", "GET", path)
        if pause:
            pause()

    def visit(self, until: float) -> None:
        """Search again and again until a time."""
        while time.monotonic() < until:
            self._pause()
            here, results = self.search()
            self.look(results, self._pause)
            self.look(self.iterate(here, results), self._pause)

    def _pause(self) -> None:
        time.sleep(self._random.uniform(0.5, 1.5))


def table(title: str, times: Times) -> None:
    print(title)
    for name, each in times.items():
        median, p95 = statistics.median(each), float(np.percentile(each, 95))
        worst = max(each)
        print(
            f"  {name:34} {len(each):6} times   median {median:7.1f} ms   "
            f"p95 {p95:7.1f} ms   worst {worst:7.1f} ms"
        )


def alone(address: str, queries: list[str]) -> None:
    """Measure one user with one request at a time."""
    user, whole = User(address, queries), defaultdict[str, list[float]](list)

    def timed(name: str, run: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        done = run()
        whole[name].append(1000 * (time.perf_counter() - start))
        return done

    timed("the first search after the start", user.search)
    user.times.clear()
    for at in range(SEARCHES):
        here, results = timed("search, to the first 60 results", user.search)
        if at < ROUNDS:
            timed("marks, round, to its 60 results", lambda: user.iterate(here, results))  # noqa: B023
    _thumbnails(user)
    table("one user", whole)
    table("of these, by request", user.times)
    assert not user.errors, user.errors[0]


def _thumbnails(user: User) -> None:
    listed = user.client.get(f"{user.at}/images?count={THUMBNAILS}").json()["images"]  # photos
    for name in ("thumbnail, made", "thumbnail, cached"):
        for image in listed:
            user.send(name, "GET", f"{user.at}/images/{image['id']}/thumbnail?size=256")


def together(address: str, queries: list[str], users: int, seconds: float) -> None:
    """Measure many users at once, each with pauses."""
    crowd = [User(address, queries, seed) for seed in range(users)]
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=user.visit, args=(until,)) for user in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times: Times = defaultdict(list)
    for user in crowd:
        for name, each in user.times.items():
            times[name] += each
    requests = sum(map(len, times.values()))
    errors = [error for user in crowd for error in user.errors]
    table(f"{users} users for {seconds:.0f} s: {requests / seconds:.0f} requests a second", times)
    print(f"  errors: {len(errors)}", *errors[:3])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--images", type=int, default=36_014)
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    folder = Path("build") / f"serve-{options.images}"
    collection(folder, options.data / "flickr8k" / "images", options.images)
    queries = captions(options.data)
    with server(folder) as address:
        print(f"{options.images:,} images")
        alone(address, queries)
        together(address, queries, options.users, options.seconds)


if __name__ == "__main__":
    main()
