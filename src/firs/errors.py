"""Everything that QT-FIRS raises on purpose; each message ends with what to do next.

::

    FirsError
    ├── InputError                 a query, number or option that cannot be meant
    │   └── SessionNotFound        no saved session has this id, or it was deleted
    ├── ImageError                 a picture that cannot be read (the reason is the message)
    ├── MissingExtra               an optional dependency is not installed (names the install line)
    ├── RefinementError            a language model that gives no answer that can be used
    ├── ClusterError               a cluster that cannot be reached, or has failed
    ├── EncoderError               a model that is absent, broken or of the wrong kind
    │   └── EncoderMismatch        a collection's vectors come from another encoder or other weights
    └── CollectionError            a collection that cannot be used as asked
        ├── CollectionNotFound     nothing is there, or nothing is in it
        ├── NotACollection         a folder or database that QT-FIRS did not make
        │   └── NameTaken          a name on a server that something else has
        ├── NewerCollection        made by a newer QT-FIRS
        ├── CollectionBusy         another process is writing to it
        ├── SessionConflict        another process has changed the session in the meantime
        ├── StorageError           the disk is full, read-only or failing
        │   └── ServerFull         a server's disk, memory or quota is used up
        └── ServerError            a server that does not do what it is asked
            ├── ServerDown         nobody answers at its address
            ├── ServerStalled      it does not answer in time
            ├── LoginRefused       the user, password or token is wrong
            ├── NotAllowed         the user has no right to do this
            └── ServerTooOld       it cannot do what is needed
"""


class FirsError(Exception):
    """Base of all errors that QT-FIRS raises on purpose."""


class InputError(FirsError, ValueError):
    """A query, number or option that cannot be meant."""


class SessionNotFound(InputError):
    """No saved session has this id, or it was deleted."""


class ImageError(FirsError):
    """A picture that cannot be read; the message is the reason."""


class MissingExtra(FirsError, ImportError):
    """An optional dependency is not installed.

    >>> str(MissingExtra("HEIC pictures", "heif"))
    "HEIC pictures need the extra 'heif': pip install 'qt-firs[heif]'"
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need the extra {extra!r}: pip install 'qt-firs[{extra}]'")
        self.extra = extra


class RefinementError(FirsError):
    """A language model that gives no answer that can be used; the message says why, in one line."""


class ClusterError(FirsError):
    """A Ray cluster that cannot be reached, or has failed at its work."""


class EncoderError(FirsError):
    """A model that is absent, broken or of the wrong kind."""


class EncoderMismatch(EncoderError):
    """A collection's vectors come from another encoder or from other weights."""


class CollectionError(FirsError):
    """A collection that cannot be used as asked."""


class CollectionNotFound(CollectionError):
    """Nothing is there, or nothing is in it."""


class NotACollection(CollectionError):
    """A folder or database that QT-FIRS did not make."""


class NameTaken(NotACollection):
    """A name on a server that something else has."""


class NewerCollection(CollectionError):
    """A collection made by a newer QT-FIRS."""


class CollectionBusy(CollectionError):
    """Another process is writing to the collection."""


class SessionConflict(CollectionError):
    """Another process has changed the session in the meantime; nothing was added to it."""


class StorageError(CollectionError):
    """The disk is full, read-only or failing."""


class ServerFull(StorageError):
    """A server's disk, memory or quota is used up."""


class ServerError(CollectionError):
    """A server that does not do what it is asked."""


class ServerDown(ServerError):
    """Nobody answers at the server's address."""


class ServerStalled(ServerError):
    """A server does not answer in time."""


class LoginRefused(ServerError):
    """A server does not take the user, password or token."""


class NotAllowed(ServerError):
    """A server's user has no right to do this."""


class ServerTooOld(ServerError):
    """A server cannot do what is needed."""
