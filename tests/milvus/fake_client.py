"""The modules ``pymilvus`` and ``grpc`` as far as the package calls them, over a fake server.

The methods and arguments are those of pymilvus 3.0; one that the package does not use is missing.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from firs.milvus import encoder_registry as holding
from firs.milvus import hubness, images
from firs.milvus import queries as freshness
from firs.milvus import retry as calling
from tests.milvus.fake_expressions import ExpressionError
from tests.milvus.fake_server import (
    UNEXPECTED,
    FakeMilvus,
    MilvusException,
    RpcError,
    StatusCode,
)
from tests.milvus.fake_storage import KEY, LEVELS, FakeCollection, FakeField, FakeIndex, Row

INVALID = 1100
"""The code of a parameter that Milvus refuses."""

MOST_ROWS = 16_384
"""Rows that one search or query gives at most."""


def modules_of(server: FakeMilvus) -> Mapping[str, ModuleType]:
    """Return ``pymilvus`` and ``grpc`` by name, with clients of a server."""

    class Client(FakeClient):
        milvus = server

    pymilvus, grpc = ModuleType("pymilvus"), ModuleType("grpc")
    vars(pymilvus).update(
        MilvusClient=Client,
        MilvusException=MilvusException,
        CollectionSchema=_schema,
        FieldSchema=_field,
        DataType=DataType,
    )
    vars(grpc).update(RpcError=RpcError, StatusCode=StatusCode)
    return {"pymilvus": pymilvus, "grpc": grpc}


@contextmanager
def installed(server: FakeMilvus) -> Iterator[None]:
    """Let the package reach a server through ``pymilvus``, and take its time from it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules_of(server).items():
            patch.setitem(sys.modules, name, module)
        for user in (calling, freshness, holding, hubness, images):
            patch.setattr(user, "time", server.clock)
        freshness.consistency_of.cache_clear()
        yield


class FakeClient:
    """As ``pymilvus.MilvusClient``: the methods that the package calls, and their arguments."""

    milvus: FakeMilvus

    def __init__(self, uri: str, *, token: str, timeout: float, **options: Any) -> None:
        self._uri = uri
        self._handler = SimpleNamespace()
        self.milvus.clients.append({"uri": uri, "token": token, "timeout": timeout} | options)
        if self.milvus.is_down:
            self.milvus.clock.now += timeout
            message = f"Fail connecting to server on {uri}, illegal connection params or server"
            raise MilvusException(2, f"{message} unavailable")
        if token != self.milvus.token:
            raise RpcError(StatusCode.UNAUTHENTICATED, "auth check failure")

    @staticmethod
    def prepare_index_params() -> "IndexParams":
        return IndexParams()

    def close(self) -> None:
        self.milvus.calls.append(("close", ""))

    def get_server_version(self, *, timeout: float) -> str:
        with self.milvus.answering("get_server_version", "", timeout):
            return self.milvus.version

    def list_collections(self, *, timeout: float) -> list[str]:
        with self.milvus.answering("list_collections", "", timeout):
            return list(self.milvus.collections)

    def has_collection(self, name: str, *, timeout: float) -> bool:
        with self.milvus.answering("has_collection", name, timeout):
            return name in self.milvus.collections

    def describe_collection(self, name: str, *, timeout: float) -> dict[str, Any]:
        with self.milvus.answering("describe_collection", name, timeout):
            found = self.milvus.collection(name)
            return {
                "collection_name": name,
                "collection_id": found.number,
                "description": found.description,
                "num_shards": found.shards,
                "fields": [
                    {"name": each.name, "params": dict(each.params)}
                    for each in found.fields.values()
                ],
            }

    def create_collection(
        self,
        name: str,
        *,
        schema: SimpleNamespace,
        num_shards: int,
        consistency_level: str,
        timeout: float,
    ) -> None:
        with self.milvus.answering("create_collection", name, timeout):
            self.milvus.make(name, schema, num_shards)

    def drop_collection(self, name: str, *, timeout: float) -> None:
        with self.milvus.answering("drop_collection", name, timeout):
            self.milvus.collections.pop(name, None)

    def load_collection(self, name: str, *, timeout: float, _async: bool = False) -> None:
        with self.milvus.answering("load_collection", name, timeout):
            found = self.milvus.collection(name)
            if not found.indexes:
                raise MilvusException(700, f"index not found[collection={name}]")
            found.is_loaded = True

    def release_collection(self, name: str, *, timeout: float) -> None:
        with self.milvus.answering("release_collection", name, timeout):
            self.milvus.collection(name).is_loaded = False

    def flush(self, name: str, *, timeout: float) -> None:
        with self.milvus.answering("flush", name, timeout):
            self.milvus.collection(name)

    def list_indexes(self, name: str, *, field_name: str, timeout: float) -> list[str]:
        with self.milvus.answering("list_indexes", name, timeout):
            return [each for each in self.milvus.collection(name).indexes if each == field_name]

    def describe_index(self, name: str, index_name: str, *, timeout: float) -> dict[str, Any]:
        with self.milvus.answering("describe_index", name, timeout):
            index = self.milvus.collection(name).indexes[index_name]
            return {
                "index_type": index.type,
                "metric_type": index.metric,
                **index.params,
                "field_name": index_name,
                "index_name": index_name,
                "total_rows": 0,
                "indexed_rows": 0,
                "pending_index_rows": 0,
                "state": "Finished",
            }

    def create_index(self, name: str, params: "IndexParams", *, timeout: float) -> None:
        with self.milvus.answering("create_index", name, timeout):
            found = self.milvus.collection(name)
            for field, index in params.indexes:
                if found.indexes.setdefault(field, index) != index:
                    raise MilvusException(
                        UNEXPECTED, "at most one distinct index is allowed per field"
                    )

    def drop_index(self, name: str, index_name: str, *, timeout: float) -> None:
        with self.milvus.answering("drop_index", name, timeout):
            found = self.milvus.collection(name)
            if found.is_loaded:
                raise MilvusException(UNEXPECTED, "index cannot be dropped, collection is loaded")
            del found.indexes[index_name]

    def upsert(self, name: str, rows: list[Row], *, timeout: float) -> None:
        with self.milvus.answering("upsert", name, timeout):
            self.milvus.collection(name).upsert(rows, self._uri)

    def delete(self, name: str, *, filter: str, timeout: float) -> None:  # noqa: A002, its name
        with self.milvus.answering("delete", name, timeout):
            listed = re.fullmatch(rf"{KEY} in (\[.*\])", filter, re.DOTALL)
            if listed is None:
                raise ExpressionError(f"rows are deleted by their keys, not by {filter!r}")
            found = self.milvus.loaded(name)
            found.parse(filter)
            found.delete(json.loads(listed[1]), self._uri)

    def query(
        self,
        name: str,
        *,
        filter: str,  # noqa: A002, its name
        output_fields: list[str],
        consistency_level: str,
        timeout: float,
        limit: int | None = None,
        iterator: str = "False",
        reduce_stop_for_best: str = "False",
    ) -> list[Row]:
        with self.milvus.answering("query", name, timeout):
            found = self._read(name, consistency_level, limit)
            if output_fields == ["count(*)"]:
                return [{"count(*)": found.count(filter)}]
            if limit is None and not filter:
                raise MilvusException(INVALID, "empty expression should be used with limit")
            stops_early = limit is not None and reduce_stop_for_best == "True"
            rows = found.query(filter, limit, stops_early=stops_early)
            return [_chosen(row, found, (KEY, *output_fields)) for row in rows]

    def search(
        self,
        name: str,
        *,
        data: list[Any],
        filter: str,  # noqa: A002, its name
        limit: int,
        output_fields: list[str],
        search_params: Mapping[str, Any],
        anns_field: str,
        consistency_level: str,
        timeout: float,
    ) -> list["FakeHits"]:
        with self.milvus.answering("search", name, timeout) as most:
            found = self._read(name, consistency_level, limit)
            _check_params(found.indexes[anns_field], search_params["params"], limit)
            hits = found.search(anns_field, data, filter, limit)
            return [
                FakeHits(
                    keys[:most],
                    scores[:most],
                    [_chosen(row, found, output_fields) for row in rows[:most]],
                )
                for (keys, scores), rows in hits
            ]

    def _read(self, name: str, level: str, limit: int | None) -> FakeCollection:
        if level not in LEVELS:
            raise MilvusException(UNEXPECTED, f"invalid consistency level {level}")
        if limit is not None and not 1 <= limit <= MOST_ROWS:
            raise MilvusException(UNEXPECTED, f"invalid max query result window, limit {limit}")
        found = self.milvus.loaded(name)
        found.see(level, self._uri)
        return found


class FakeHits(list[dict[str, Any]]):
    """What one query vector found, as pymilvus gives it."""

    def __init__(self, ids: list[Any], distances: list[float], entities: list[Row]) -> None:
        self.ids = ids
        self.distances = distances
        super().__init__(
            {KEY: id_, "distance": distance, "entity": entity}
            for id_, distance, entity in zip(ids, distances, entities, strict=True)
        )


class IndexParams:
    """As ``pymilvus.milvus_client.index.IndexParams``."""

    def __init__(self) -> None:
        self.indexes: list[tuple[str, FakeIndex]] = []

    def add_index(
        self, field: str, *, index_type: str, metric_type: str, params: Mapping[str, Any]
    ) -> None:
        texts = {name: json.dumps(value) for name, value in params.items()}
        self.indexes.append((field, FakeIndex(index_type, metric_type, texts)))


class _Names(type):
    def __getitem__(cls, name: str) -> str:
        return name


class DataType(metaclass=_Names):
    """As ``pymilvus.DataType``; a type is its own name here."""


def _field(name: str, type_: str, *, is_primary: bool, **params: Any) -> FakeField:
    return FakeField(name, type_, params, is_primary)


def _schema(
    fields: Sequence[FakeField], *, description: str, auto_id: bool, enable_dynamic_field: bool
) -> SimpleNamespace:
    if [each.name for each in fields if each.is_primary] != [KEY]:
        raise MilvusException(UNEXPECTED, "there must be one primary field")
    by_name = {each.name: each for each in fields}
    return SimpleNamespace(description=description, fields=by_name)


def _chosen(row: Row, collection: FakeCollection, names: Sequence[str]) -> Row:
    for name in names:
        if name not in collection.fields:
            raise MilvusException(UNEXPECTED, f"field {name} not exist")
    return {name: _copied(row[name]) for name in dict.fromkeys(names)}


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return list(value)
    if isinstance(value, bytes):
        return [value]
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def _check_params(index: FakeIndex, params: Mapping[str, Any], limit: int) -> None:
    """Refuse what the kind of index does not take."""
    if index.type == "HNSW" and not limit <= params.get("ef", limit) <= 1 << 15:
        raise MilvusException(INVALID, f"ef {params['ef']} should be larger than k {limit}")
    if "IVF" in index.type:
        lists = int(index.params["nlist"])
        if not 1 <= params.get("nprobe", 8) <= lists:
            raise MilvusException(INVALID, f"nprobe {params['nprobe']} out of range [1, {lists}]")
