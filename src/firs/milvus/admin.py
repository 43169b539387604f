"""A connection to a Milvus server, and the administration of its collections."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from firs.errors import ServerTooOld
from firs.milvus.address import Address
from firs.milvus.retry import Act, RetryingClient
from firs.milvus.schema import KEY, Field, VectorIndex

Result = TypeVar("Result")

_LONG = 600.0

_NOT_PARAMS = {"index_type", "metric_type", "field_name", "index_name", "params", "mmap.enabled"}
_NOT_PARAMS |= {"total_rows", "indexed_rows", "pending_index_rows", "state"}
"""What Milvus's description of an index has, apart from its build parameters."""

_OLDEST = (2, 3, 0)


@dataclass(frozen=True, slots=True)
class CollectionDescription:
    """A Milvus collection on the server.

    Args:
        name: its name.
        description: the text that it was created with.
        fields: the names of its fields.
        dims: the dimensions of its vector fields, by name.
        number: distinguishes it from another of the same name that was created later.
        shards: number of channels for writing its rows.
    """

    name: str
    description: str
    fields: tuple[str, ...]
    dims: Mapping[str, int]
    number: int
    shards: int = 1


class MilvusAdmin:
    """A connection to a server, opened by the first call, and its collections by name.

    Args:
        address: its address; the name of the collection in it does not matter here.
        timeout: maximum duration of a reading call, in seconds.
        patience: maximum time that a writer waits through a restart, in seconds.

    Raises:
        MissingExtra: pymilvus is not installed; by the first call.
        ServerError: it is down, stalls or rejects the request; by every call.
        ServerFull: its disk, memory or quota is used up; by writing calls.
    """

    def __init__(self, address: Address, timeout: float = 10.0, patience: float = 180.0) -> None:
        self.address = address
        self._call = RetryingClient(address, timeout, patience)
        self._is_writer = False
        self._fields: dict[str, tuple[str, ...]] = {}

    def writer(self) -> Self:
        """Return the same server for a process that writes, over the same connection.

        Its reading calls see all writes of all processes, and all its calls wait through a
        restart, because no user waits for them.
        """
        other = copy(self)
        other._is_writer = True
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Server {self.address.server}>"

    def close(self) -> None:
        """Close the connection."""
        self._call.close()

    def run(
        self, act: Act[Result], *, name: str = "", writes: bool = False, longest: float = 0.0
    ) -> Result:
        """Call a function of pymilvus's client; see :class:`firs.milvus.retry.RetryingClient`."""
        patient = self._is_writer
        return self._call(
            act, name=name, writes=writes or patient, patient=patient, longest=longest
        )

    def version(self) -> tuple[int, int, int]:
        """Return the server's version.

        Raises:
            ServerTooOld: it is older than 2.3.
        """
        text = self.run(lambda client, timeout: client.get_server_version(timeout=timeout))
        major, minor, patch = (*map(int, re.findall(r"\d+", str(text))[:3]), 0, 0, 0)[:3]
        version = major, minor, patch
        if version < _OLDEST:
            raise ServerTooOld(
                f"{self.address.server} is Milvus {text}; 2.3 or later is needed. Update it."
            )
        return version

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return sorted(self.run(lambda client, timeout: client.list_collections(timeout=timeout)))

    def has(self, name: str) -> bool:
        """Return whether there is a collection of this name."""
        return bool(self.run(lambda client, timeout: client.has_collection(name, timeout=timeout)))

    def describe(self, name: str) -> CollectionDescription:
        """Describe a collection.

        Raises:
            CollectionNotFound: there is none of this name.
        """
        found = self.run(lambda client, timeout: client.describe_collection(name, timeout=timeout))
        fields = found["fields"]
        description = CollectionDescription(
            name=name,
            description=str(found["description"]),
            fields=tuple(each["name"] for each in fields),
            dims={
                each["name"]: int(each["params"]["dim"])
                for each in fields
                if "dim" in each.get("params", {})
            },
            number=int(found["collection_id"]),
            shards=int(found["num_shards"]),
        )
        self._fields[name] = description.fields
        return description

    def fields(self, name: str) -> tuple[str, ...]:
        """Return the names of a collection's fields, as it was described last."""
        return self._fields.get(name) or self.describe(name).fields

    def create(
        self,
        name: str,
        fields: Sequence[Field],
        description: str,
        index: VectorIndex,
        shards: int = 1,
    ) -> None:
        """Create a collection and load it; an identical one is only completed.

        Args:
            name: its name.
            fields: the fields of its rows.
            description: a text that ``describe`` returns.
            index: index of its vector field.
            shards: number of channels for writing its rows, which cannot be changed later.

        Raises:
            NameTaken: a collection of this name has other fields or another description.
        """
        schema = _to_schema(fields, description)

        def create(client: Any, timeout: float) -> None:
            client.create_collection(
                name,
                schema=schema,
                num_shards=shards,
                consistency_level="Bounded",
                timeout=timeout,
            )

        self.run(create, writes=True)
        self.build_index(name, index)

    def drop(self, name: str) -> None:
        """Remove a collection with all its rows, if it exists."""
        self._fields.pop(name, None)
        self.run(lambda client, timeout: client.drop_collection(name, timeout=timeout), writes=True)

    def load(self, name: str) -> None:
        """Load a collection for queries and searches, and wait until it is ready."""
        self._run_long(lambda client, timeout: client.load_collection(name, timeout=timeout))

    def flush(self, name: str) -> None:
        """Put everything written so far into segments that can be indexed."""
        self._run_long(lambda client, timeout: client.flush(name, timeout=timeout))

    def index(self, name: str, field: str = "vector") -> VectorIndex | None:
        """Return the index of a vector field, or None without one."""

        def find(client: Any, timeout: float) -> Any:
            names = client.list_indexes(name, field_name=field, timeout=timeout)
            return client.describe_index(name, names[0], timeout=timeout) if names else None

        found = self.run(find)
        if not found:
            return None
        params = {key: value for key, value in found.items() if key not in _NOT_PARAMS}
        params |= found.get("params") or {}
        return VectorIndex(found["index_type"], found["metric_type"], params, field)

    def build_index(self, name: str, index: VectorIndex) -> None:
        """Build the index of a vector field that has none, and load the collection."""
        params = _to_index_params(index)
        self._run_long(lambda client, timeout: client.create_index(name, params, timeout=timeout))
        self.load(name)

    def set_index(self, name: str, index: VectorIndex) -> None:
        """Replace the index of a vector field; searches fail until it is built and loaded."""

        def remove(client: Any, timeout: float) -> None:
            client.release_collection(name, timeout=timeout)
            for each in client.list_indexes(name, field_name=index.field, timeout=timeout):
                client.drop_index(name, each, timeout=timeout)

        self._run_long(remove)
        self.build_index(name, index)

    def _run_long(self, act: Act[None]) -> None:
        self.run(act, writes=True, longest=_LONG)


def _to_schema(fields: Sequence[Field], description: str) -> Any:
    from pymilvus import CollectionSchema

    return CollectionSchema(
        [_to_field_schema(each) for each in fields],
        description=description,
        auto_id=False,
        enable_dynamic_field=False,
    )


def _to_field_schema(each: Field) -> Any:
    from pymilvus import DataType, FieldSchema

    params: dict[str, Any] = {}
    if each.length:
        params["max_length"] = each.length
    if each.dim:
        params["dim"] = each.dim
    if each.kind == "ARRAY":
        params |= {"max_capacity": each.capacity, "element_type": DataType[each.of]}
    return FieldSchema(each.name, DataType[each.kind], is_primary=each.name == KEY, **params)


def _to_index_params(index: VectorIndex) -> Any:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    params.add_index(
        index.field, index_type=index.kind, metric_type=index.metric, params=dict(index.params)
    )
    return params
