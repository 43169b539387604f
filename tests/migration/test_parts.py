from dataclasses import replace

import pytest

from firs.migration.parts import Image, Sum, Tally, differing

IMAGE = Image(
    1, "/a/b.png", "0a" * 16, 9, 8, 7, 6, "PNG", 5, (("a dog", "x"),), ("t",), {"mini": b"\1\2"}
)


def told(*images: Image) -> dict[str, Sum]:
    tally = Tally()
    for image in images:
        tally.image(image)
    return tally.sums()


def test_what_belongs_to_an_image_is_counted_by_its_kind() -> None:
    counts = {kind: found.count for kind, found in told(IMAGE, replace(IMAGE, id=2)).items()}
    assert counts == {"images": 2, "captions": 2, "tags": 2, "vectors of mini": 2}


def test_the_order_does_not_count() -> None:
    other = replace(IMAGE, id=2, path="/a/\udcff.png")
    assert told(IMAGE, other) == told(other, IMAGE)
    assert told(IMAGE, IMAGE) != told(IMAGE)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"path": "/a/c.png"}, "images"),
        ({"hash": "0b" * 16}, "images"),
        ({"added_at": 6}, "images"),
        ({"captions": (("a cat", "x"),)}, "captions"),
        ({"captions": (("a dog", "y"),)}, "captions"),
        ({"tags": ()}, "tags"),
        ({"vectors": {"mini": b"\1\3"}}, "vectors of mini"),
        ({"vectors": {}}, "vectors of mini"),
    ],
)
def test_any_change_is_seen_in_its_kind(change: dict[str, object], kind: str) -> None:
    changed = told(replace(IMAGE, **change))  # type: ignore[arg-type]
    assert [name for name, _, _ in differing(told(IMAGE), changed)] == [kind]


def test_a_thing_of_another_image_is_another() -> None:
    """Two images that change places."""
    one, other = IMAGE, replace(IMAGE, id=2, vectors={"mini": b"\3\4"}, captions=())
    swapped = (
        replace(one, vectors=other.vectors, captions=()),
        replace(other, vectors=one.vectors, captions=one.captions),
    )
    kinds = {kind for kind, _, _ in differing(told(one, other), told(*swapped))}
    assert kinds == {"captions", "vectors of mini"}


def test_what_is_another_in_every_collection_does_not_count() -> None:
    sums = []
    for number in (1, 2):
        tally = Tally()
        tally.part("expansions", {"texts": "a dog", "number of row": number})
        sums.append(tally.sums())
    assert sums[0] == sums[1]
