"""A collection that has something of every kind that can be moved."""

from pathlib import Path

from firs.collection import Collection
from firs.migration.documents import KINDS as DOCUMENT_KINDS
from firs.migration.parts import EXPANSION_PARTS
from firs.session import Session
from tests.collection.conftest import names
from tests.fakes import other

WORDS = ("trip", "cloth", "wall")
CAPTIONS = {
    f"{colour}.png": [f"{colour} {WORDS[n % 3]} {n}" for n in range(40)]
    for colour in ("blue", "red", "green")
}
IMAGES = {"images", "captions", "tags", "vectors of fake", "vectors of other"}
KINDS = IMAGES | set(DOCUMENT_KINDS.values()) | set(EXPANSION_PARTS)


def fill(collection: Collection, photos: Path) -> None:
    """Do all that can be done with eight pictures."""
    (photos / "broken.png").write_bytes(b"no picture")
    collection.add(photos, captions=CAPTIONS)
    blue, red = (names(collection)[f"{colour}.png"] for colour in ("blue", "red"))
    collection.tag([blue, red], "holiday", "näh")
    collection.tag([red], "warm")
    with Collection(str(collection.path), other()) as second:
        second.add(photos)
    collection.log.on()
    session = Session.start(collection, "summer party")
    session.mark(relevant=[blue], irrelevant=[red])
    session.next()
    session.mark(found=red)
    Session.start(collection, "snow").mark(relevant=[red])
    collection.search("a dog")
    image = collection.image(red)
    collection.made_captions.keep("a captioner", {image.hash: ["made", "gemacht ☃"]})
    collection.expansion.add(max_per_image=2)
    collection.expansion.add("moves")
    collection.calibration.fit()
    collection.index.choose("hash")
