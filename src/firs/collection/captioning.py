"""Captions from files → the images they speak of."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from firs.collection.captions import Captions
from firs.collection.catalogue import Catalogue, IndexedImage
from firs.collection.intake import Writer


@dataclass(frozen=True, slots=True)
class CaptionSet:
    """Captions from one source; their image names are looked for below ``folders``."""

    source: str
    folders: Sequence[str]
    captions: Captions


class Captioner:
    """Caption writer inside the caller's transaction; counts new and unmatched captions."""

    def __init__(self, writer: Writer, catalogue: Catalogue) -> None:
        self._writer = writer
        self._catalogue = catalogue
        self._by_name: dict[str, list[IndexedImage]] = defaultdict(list)
        for image in catalogue:
            self._by_name[os.path.basename(image.path)].append(image)  # noqa: PTH119
        self.new = 0
        self.without_image = 0

    def write(self, given: CaptionSet) -> None:
        """Make the captions of the named images, as far as they are from this source, the given."""
        texts: dict[int, list[str]] = {}
        for name, told in given.captions.items():
            image = self._image(name, given.folders)
            if image is None:
                self.without_image += 1
            else:
                texts[image.id] = told
        self.new += self._writer.caption(given.source, texts)

    def _image(self, name: str, folders: Sequence[str]) -> IndexedImage | None:
        """Return the image of this name in one of the folders, or the only one so named."""
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
