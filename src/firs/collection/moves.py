"""Detection of known images that now have another name."""

from collections.abc import Mapping

from firs.collection.catalogue import Catalogue, IndexedImage, is_gone, is_same


class Moves:
    """Finder of images by content that no longer exist at their own path.

    Args:
        catalogue: the known images.
        present: the paths that were found.
        edited: paths with changed content, and the hash of the new content.
    """

    def __init__(
        self, catalogue: Catalogue, present: frozenset[str], edited: Mapping[str, bytes]
    ) -> None:
        self._catalogue = catalogue
        self._present = present
        self._edited = edited

    def to(self, path: str, hash_: bytes) -> IndexedImage | None:
        """Return the image with this content that must have moved to ``path``, if any."""
        candidates = self._catalogue.with_content(hash_)
        return next((image for image in candidates if self._has_left(image, path)), None)

    def among_edited(self) -> dict[str, IndexedImage]:
        """Return images that exchanged names or took a name that became free: new path → image.

        An image moves only to a path that its previous image leaves: otherwise that image has new
        content, as a user expects of an overwritten file.
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
        """Return whether the image, now found at ``path``, no longer exists at its own path."""
        if image.path in self._present:
            return image.path in self._edited
        return is_gone(image.path) or is_same(image.path, path)
