"""Which known images lie under another name now."""

from collections.abc import Mapping

from firs.collection.catalogue import Catalogue, IndexedImage, is_gone, is_same


class Moves:
    """Finds images by content whose own place no longer holds them.

    Args:
        catalogue: what is known.
        present: the paths that were found.
        edited: paths that were found with other content than known, and its hash.
    """

    def __init__(
        self, catalogue: Catalogue, present: frozenset[str], edited: Mapping[str, bytes]
    ) -> None:
        self._catalogue = catalogue
        self._present = present
        self._edited = edited

    def to(self, path: str, hash_: bytes) -> IndexedImage | None:
        """The image with this content that must have moved to ``path``, if any."""
        candidates = self._catalogue.with_content(hash_)
        return next((image for image in candidates if self._has_left(image, path)), None)

    def among_edited(self) -> dict[str, IndexedImage]:
        """Images that took each other's names, or names that became free: new path → image.

        An image moves only where nobody stays: else the one that stays has new content, which
        is how a person sees a file that was written over.
        """
        moving: dict[str, IndexedImage] = {}
        for path, hash_ in self._edited.items():
            taken = {image.id for image in moving.values()}
            candidates = self._catalogue.with_content(hash_)
            for image in candidates:
                if image.id not in taken and self._has_left(image, path):
                    moving[path] = image
                    break
        return self._where_nobody_stays(moving)

    def _where_nobody_stays(self, moving: dict[str, IndexedImage]) -> dict[str, IndexedImage]:
        while True:
            leaving = {image.id for image in moving.values()}
            kept = {
                path: image
                for path, image in moving.items()
                if (here := self._catalogue.at(path)) is None or here.id in leaving
            }
            if len(kept) == len(moving):
                return kept
            moving = kept

    def _has_left(self, image: IndexedImage, path: str) -> bool:
        """Whether the image, whose content is at ``path``, is no longer at its own place."""
        if image.path in self._present:
            return image.path in self._edited
        return is_gone(image.path) or is_same(image.path, path)
