"""Captions from files → the images they speak of."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from firs.collection.captions import Captions
from firs.collection.catalogue import Catalogue, Known


@dataclass(frozen=True, slots=True)
class CaptionSet:
    """Captions from one source; their image names are looked for below ``folders``."""

    source: str
    folders: Sequence[str]
    captions: Captions


class Captioner:
    """Writes captions inside the caller's transaction; counts what is new and what fits nothing."""

    def __init__(self, connection: sqlite3.Connection, catalogue: Catalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._by_name: dict[str, list[Known]] = defaultdict(list)
        for image in catalogue:
            self._by_name[os.path.basename(image.path)].append(image)  # noqa: PTH119
        self.new = 0
        self.without_image = 0

    def write(self, given: CaptionSet) -> None:
        """Make the captions of the named images, as far as they are from this source, the given."""
        kept = self._kept(given.source)
        for name, texts in given.captions.items():
            image = self._image(name, given.folders)
            if image is None:
                self.without_image += 1
            else:
                self._replace(image.id, given.source, kept.get(image.id, {}), texts)

    def _kept(self, source: str) -> dict[int, dict[str, int]]:
        """What the database has from a source: image id → text → caption id."""
        kept: dict[int, dict[str, int]] = defaultdict(dict)
        rows = self._connection.execute(
            "SELECT id, image_id, text FROM caption WHERE source = ?", (source,)
        )
        for id_, image_id, text in rows:
            kept[image_id][text] = id_
        return kept

    def _replace(
        self, image_id: int, source: str, kept: dict[str, int], texts: Sequence[str]
    ) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        self._connection.executemany(
            "DELETE FROM caption WHERE id = ?",
            [(id_,) for text, id_ in kept.items() if text not in texts],
        )
        self._connection.executemany(
            "INSERT INTO caption (image_id, text, source) VALUES (?, ?, ?)",
            [(image_id, text, source) for text in new],
        )
        self.new += len(new)

    def _image(self, name: str, folders: Sequence[str]) -> Known | None:
        """The image at the name below one of the folders, or the only one there so called."""
        for folder in folders:
            at = self._catalogue.at(os.path.normpath(os.path.join(folder, name)))  # noqa: PTH118
            if at is not None:
                return at
        called = [
            image
            for image in self._by_name.get(os.path.basename(name), ())  # noqa: PTH119
            if any(image.path.startswith(os.path.join(folder, "")) for folder in folders)  # noqa: PTH118
        ]
        return called[0] if len(called) == 1 else None
