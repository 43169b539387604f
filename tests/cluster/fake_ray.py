"""The modules ``ray`` and ``pyarrow`` as far as the package calls them, in this process.

Stages run one after the other when a batch is needed, on tables that are lists of rows. What a
cluster adds (processes, retries, memory) is left to ``tests/distributed``.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Row = dict[str, Any]


class Table:
    """As ``pyarrow.Table``."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    @classmethod
    def from_pylist(cls, rows: Sequence[Row], schema: Sequence[str]) -> "Table":
        unknown = {name for row in rows for name in row} - set(schema)
        chosen = [{name: row.get(name) for name in schema} for row in rows]
        assert unknown <= {"pixels", "across", "down"}, "only pixels are dropped on the way"
        return cls(chosen)

    def __getitem__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(to_pylist=lambda: [row[name] for row in self.rows])

    def to_pylist(self) -> list[Row]:
        return [dict(row) for row in self.rows]


def _table(columns: Mapping[str, Sequence[Any]]) -> Table:
    names = list(columns)
    return Table(
        [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


class Dataset:
    """As ``ray.data.Dataset``: nothing is done before its batches are needed."""

    def __init__(self, batches: Callable[[], Iterator[Table]], ray: "FakeRay") -> None:
        self._batches = batches
        self._ray = ray

    def map_batches(
        self,
        act: Any,
        *,
        batch_format: str,
        batch_size: int | None = None,
        fn_constructor_args: Sequence[Any] = (),
        **options: Any,
    ) -> "Dataset":
        assert batch_format == "pyarrow"
        self._ray.stages.append(options)

        def batches() -> Iterator[Table]:
            apply = act(*fn_constructor_args) if isinstance(act, type) else act
            whole = self._batches() if batch_size is None else self._of_size(batch_size)
            yield from map(apply, whole)

        return Dataset(batches, self._ray)

    def iter_batches(self, *, batch_size: int, batch_format: str) -> Iterator[Table]:
        assert batch_format == "pyarrow"
        return self._of_size(batch_size)

    def _of_size(self, size: int) -> Iterator[Table]:
        rows = [row for batch in self._batches() for row in batch.rows]
        for at in range(0, len(rows), size):
            yield Table(rows[at : at + size])


class FakeRay:
    """A cluster.

    Attributes:
        resources: of all its machines.
        failures: raised by the next calls of ``ray.init``, one each.
        joined: the address of each call of ``ray.init``, and its options.
        stages: the options of each stage of a pipeline.
        killed: how many actors were killed.
    """

    def __init__(self) -> None:
        self.resources: dict[str, float] = {"CPU": 2}
        self.failures: list[Exception] = []
        self.joined: list[tuple[str, dict[str, Any]]] = []
        self.stages: list[dict[str, Any]] = []
        self.killed = 0
        self.is_initialized = False

    def init(self, address: str, **options: Any) -> None:
        self.joined.append((address, options))
        if self.failures:
            raise self.failures.pop(0)
        self.is_initialized = True

    def shutdown(self) -> None:
        self.is_initialized = False

    def remote(self, actor: type) -> SimpleNamespace:
        def start(*arguments: Any) -> SimpleNamespace:
            made = actor(*arguments)
            return SimpleNamespace(next=SimpleNamespace(remote=lambda: made.next))

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=start))

    def kill(self, actor: SimpleNamespace) -> None:
        self.killed += 1

    def modules(self) -> Mapping[str, ModuleType]:
        """Return all modules by their names."""
        ray, data = _module("ray"), _module("ray.data")
        exceptions, pyarrow = _module("ray.exceptions"), _module("pyarrow")
        vars(exceptions).update(RayError=type("RayError", (Exception,), {}))
        vars(data).update(
            DataContext=_DataContext,
            ActorPoolStrategy=lambda **sizes: sizes,
            from_arrow=lambda blocks: Dataset(lambda: iter(blocks), self),
        )
        vars(ray).update(
            data=data,
            exceptions=exceptions,
            init=self.init,
            shutdown=self.shutdown,
            is_initialized=lambda: self.is_initialized,
            cluster_resources=lambda: self.resources,
            remote=self.remote,
            get=lambda call: call(),
            kill=self.kill,
        )
        types = ("binary", "large_binary", "string", "int32", "int64", "bool_")
        vars(pyarrow).update({name: lambda name=name: name for name in types})
        vars(pyarrow).update(
            Table=Table,
            table=_table,
            array=lambda values, _=None: list(values),
            field=lambda name, _: name,
            schema=list,
        )
        return {"ray": ray, "ray.data": data, "ray.exceptions": exceptions, "pyarrow": pyarrow}


class _DataContext:
    """As ``ray.data.DataContext``."""

    @staticmethod
    def get_current() -> "_DataContext":
        return _DataContext()

    @staticmethod
    @contextmanager
    def current(context: "_DataContext") -> Iterator[None]:
        yield

    def copy(self) -> "_DataContext":
        return copy(self)


def _module(name: str) -> ModuleType:
    made = ModuleType(name)
    made.__spec__ = ModuleSpec(name, None)
    return made


@contextmanager
def installed(ray: FakeRay) -> Iterator[None]:
    """Let the package reach a cluster through ``ray``."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in ray.modules().items():
            patch.setitem(sys.modules, name, module)
        yield
