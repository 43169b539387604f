"""What every kind of collection can do besides: tag, calibrate, expand."""

from collections.abc import Iterable

from firs.collection.calibrating import CAPTIONS, Progress
from firs.collection.calibrations import CalibrationRecord
from firs.collection.encoding import AskedEncoders
from firs.collection.expansions import CAPTIONS as BY_CAPTIONS
from firs.collection.expansions import ExpansionRecord, KnownBy


class Taggable:
    """What a collection does with tags."""

    def tag(self, ids: Iterable[int], *tags: str) -> int:
        """Give images tags, to find them by; see :class:`firs.filter.Filter`.

        Returns:
            How many tags are new to their images.

        Raises:
            InputError: an id is unknown or a tag is empty; nothing is changed.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def untag(self, ids: Iterable[int], *tags: str) -> int:
        """Take tags away from images; return how many there were.

        Raises:
            InputError: an id is unknown or a tag is empty; nothing is changed.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def tags(self) -> dict[str, int]:
        """How many images have each tag."""
        raise NotImplementedError


class Calibratable:
    """What a collection does to set its scores right."""

    def calibrate(
        self,
        bank: str = CAPTIONS,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> CalibrationRecord:
        """Measure how near each image is to texts of all kinds, and what scores mean.

        From then on that nearness is taken off the scores of texts, in searches and sessions; it
        is measured again when images came or went. With captions, what scores mean is fitted too.

        Args:
            bank: which texts: the ``captions`` of the collection, the ``queries`` of its sessions,
                or ``everyday`` ones that come with QT-FIRS.
            encoder: of whose vectors; by default the one that the collection was opened with.
            progress: called with the texts encoded, and those to encode.

        Raises:
            InputError: there is no such bank, it has too few texts, or its captions say nothing
                of their images, as in a language that the encoder does not read.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        raise NotImplementedError

    def calibration(self, encoder: AskedEncoders = None) -> CalibrationRecord | None:
        """What ``calibrate`` measured of an encoder's vectors, if it did.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
        """
        raise NotImplementedError

    def forget_calibration(self, encoder: AskedEncoders = None) -> bool:
        """Search as if ``calibrate`` had never been called; false if it was not.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        raise NotImplementedError


class Expandable:
    """What a collection does to learn from its captions and its users."""

    def expand(
        self,
        by: str = BY_CAPTIONS,
        *,
        most: int = 5,
        hot: int = 0,
        near: float = 0.95,
        source: str | None = None,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> ExpansionRecord:
        """Let texts stand for images, or move images towards the queries that found them.

        From then on searches and sessions find images by them too. Images' vectors stay as they
        are, and ``undo_expansion`` takes all of it back.

        Args:
            by: ``captions`` of the collection, or ``queries`` for which images were accepted
                while the log was on, join as entries; ``moves`` moves images towards such queries.
            most: how many texts an image has as entries at most.
            hot: only images that were accepted for so many queries or more.
            near: cosine from which on two texts of one image are the same.
            source: only captions from this source, such as the name of a file.
            encoder: of whose vectors; by default the one that the collection was opened with.
            progress: called with the texts encoded, and those to encode.

        Raises:
            InputError: a limit cannot be meant, or there is nothing to add.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        raise NotImplementedError

    def expansions(self) -> list[ExpansionRecord]:
        """All acts of adding that were not taken back, the newest first."""
        raise NotImplementedError

    def known_by(self, image: int) -> list[KnownBy]:
        """What an image is also found by, the oldest first.

        Raises:
            InputError: there is none with this id.
        """
        raise NotImplementedError

    def undo_expansion(self, id_: int | None = None) -> ExpansionRecord:
        """Take one act of adding back, by default the newest; search as if it had never been.

        Raises:
            InputError: there is none, or none of this id.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        raise NotImplementedError
