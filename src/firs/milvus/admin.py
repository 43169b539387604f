"""Administration of collections on a server: create, describe, index, load, drop."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from firs.errors import ServerTooOld
from firs.milvus.address import Address
from firs.milvus.fields import Field, VectorIndex, index_params_of, schema_of
from firs.milvus.retry import Act

Result = TypeVar("Result")

_LONG = 600.0

_NO_PARAMS = {"index_type", "metric_type", "field_name", "index_name", "params", "mmap.enabled"}
_NO_PARAMS |= {"total_rows", "indexed_rows", "pending_index_rows", "state"}
"""What an index is told with beside how it is built."""

_OLDEST = (2, 3, 0)


@dataclass(frozen=True, slots=True)
class CollectionDescription:
    """A collection on the server.

    Args:
        name: its own.
        description: as it was given when it was made.
        fields: their names.
        dims: of its vector fields.
        number: distinguishes it from another of the same name that was created later.
        shards: over how many channels its rows are written.
    """

    name: str
    description: str
    fields: tuple[str, ...]
    dims: Mapping[str, int]
    number: int
    shards: int = 1


class MilvusAdmin:
    """The part of a server that knows collections by their names."""

    address: Address

    def run(
        self, act: Act[Result], *, name: str = "", writes: bool = False, longest: float = 0.0
    ) -> Result:
        """Do with pymilvus's client what has no name here; see ``Calling``."""
        raise NotImplementedError

    def version(self) -> tuple[int, int, int]:
        """The server's version.

        Raises:
            ServerTooOld: it is older than 2.3.
        """
        told = self.run(lambda client, timeout: client.get_server_version(timeout=timeout))
        major, minor, patch = (*map(int, re.findall(r"\d+", str(told))[:3]), 0, 0, 0)[:3]
        version = major, minor, patch
        if version < _OLDEST:
            raise ServerTooOld(
                f"{self.address.server} is Milvus {told}; 2.3 or later is needed. Update it."
            )
        return version

    def names(self) -> list[str]:
        """All collections."""
        return sorted(self.run(lambda client, timeout: client.list_collections(timeout=timeout)))

    def has(self, name: str) -> bool:
        """Whether there is a collection of this name."""
        return bool(self.run(lambda client, timeout: client.has_collection(name, timeout=timeout)))

    def describe(self, name: str) -> CollectionDescription:
        """Describe a collection.

        Raises:
            CollectionNotFound: there is none of this name.
        """
        told = self.run(lambda client, timeout: client.describe_collection(name, timeout=timeout))
        fields = told["fields"]
        return CollectionDescription(
            name=name,
            description=str(told["description"]),
            fields=tuple(each["name"] for each in fields),
            dims={each["name"]: int(each["params"]["dim"]) for each in fields if _has_dim(each)},
            number=int(told["collection_id"]),
            shards=int(told["num_shards"]),
        )

    def create(
        self,
        name: str,
        fields: Sequence[Field],
        description: str,
        index: VectorIndex,
        shards: int = 1,
    ) -> None:
        """Make a collection and load it; nothing where the very same is there already.

        Args:
            name: its name.
            fields: what a row is made of.
            description: what ``describe`` gives.
            index: of its vector field.
            shards: over how many channels its rows are written; fixed from then on.

        Raises:
            NameTaken: a collection of this name has other fields or another description.
        """
        schema = schema_of(fields, description)

        def make(client: Any, timeout: float) -> None:
            client.create_collection(
                name,
                schema=schema,
                num_shards=shards,
                consistency_level="Bounded",
                timeout=timeout,
            )

        self.run(make, writes=True)
        self._index(name, index)
        self.load(name)

    def drop(self, name: str) -> None:
        """Remove a collection with all that is in it, if it is there."""
        self.run(lambda client, timeout: client.drop_collection(name, timeout=timeout), writes=True)

    def load(self, name: str) -> None:
        """Have a collection ready for queries and searches, and wait until it is."""
        self.run(
            lambda client, timeout: client.load_collection(name, timeout=timeout),
            writes=True,
            longest=_LONG,
        )

    def flush(self, name: str) -> None:
        """Have everything written so far put into segments that can be indexed."""
        self.run(
            lambda client, timeout: client.flush(name, timeout=timeout), writes=True, longest=_LONG
        )

    def index(self, name: str, field: str = "vector") -> VectorIndex | None:
        """How a vector field is searched, or None if it has no index."""

        def told(client: Any, timeout: float) -> Any:
            names = client.list_indexes(name, field_name=field, timeout=timeout)
            return client.describe_index(name, names[0], timeout=timeout) if names else None

        found = self.run(told)
        if not found:
            return None
        params = {key: value for key, value in found.items() if key not in _NO_PARAMS}
        params |= found.get("params") or {}
        return VectorIndex(found["index_type"], found["metric_type"], params, field)

    def set_index(self, name: str, index: VectorIndex) -> None:
        """Search a vector field otherwise; searches fail until it is built and loaded."""

        def remove(client: Any, timeout: float) -> None:
            client.release_collection(name, timeout=timeout)
            for each in client.list_indexes(name, field_name=index.field, timeout=timeout):
                client.drop_index(name, each, timeout=timeout)

        self.run(remove, writes=True, longest=_LONG)
        self._index(name, index)
        self.load(name)

    def _index(self, name: str, index: VectorIndex) -> None:
        params = index_params_of(index)
        self.run(
            lambda client, timeout: client.create_index(name, params, timeout=timeout),
            writes=True,
            longest=_LONG,
        )


def _has_dim(field: Mapping[str, Any]) -> bool:
    return "dim" in field.get("params", {})
