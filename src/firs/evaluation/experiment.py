"""An experiment as data: which data set, encoder, queries and strategies, and which seed.

In TOML, with paths as seen from the file::

    name = "bits"
    encoder = "mini"
    seed = 0

    [data]
    name = "flickr8k"
    path = "../shared/data/flickr8k"
    split = "dev"

    [queries]
    count = 1025

    [[strategies]]
    use = "none"

    [[strategies]]
    use = "pseudo"
    p = 5
    over = "bits-mean"

The first strategy is the one that the others are compared with.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from firs.errors import InputError
from firs.evaluation.caption_similarity import Content
from firs.evaluation.dataset import Dataset
from firs.evaluation.datasets import load_dataset
from firs.evaluation.evaluation_set import NO_CAPTIONS
from firs.evaluation.measures import STANDARD, measure
from firs.evaluation.ranks import Places, Relevant
from firs.evaluation.sampling import (
    all_queries,
    captions_in_split,
    sample_by_source,
    sample_captions,
    split_captions,
)
from firs.evaluation.strategies import StrategyCall
from firs.indexing.captions import read_captions
from firs.milvus.address import Address
from firs.storage.paths import Place, is_address

_OLD_QUERY_KEYS = {
    "of_source": "per_source",
    "joining": "indexed_captions",
    "half": "query_split",
    "began": "initial_rank",
    "alike": "relevance_threshold",
}
"""Names in files written by earlier versions, which can still be read, to those of today."""


@dataclass(frozen=True, slots=True)
class Data:
    """A data set's name, its location, its split, and separate locations of its parts.

    Args:
        name: as ``load_dataset`` knows it.
        path: of its folder or file.
        split: one of its own.
        pictures: their folder, if it is another one.
        captions: a file of captions that tell what the images show, where its own do not: for
            simulated users and for which images are alike. They are never queries.
    """

    name: str
    path: Path = Path()
    split: str = ""
    pictures: Path | None = None
    captions: Path | None = None

    def load(self) -> Dataset:
        """Read it.

        Raises:
            InputError: there is no such data set, or its files are absent or not its own.
        """
        dataset = load_dataset(self.name, self.path, self.split)
        if self.captions:
            dataset = dataset.showing(read_captions(self.captions))
        return dataset.with_files(self.pictures) if self.pictures else dataset


@dataclass(frozen=True, slots=True)
class Queries:
    """Which captions are queries, and what answers them.

    Args:
        count: number of queries; 0 for all.
        per_source: number of queries drawn from each blended source, instead of ``count``.
        indexed_captions: number of captions per image that join the collection and are never
            queries.
        query_split: ``tune`` or ``report``: only captions of one half of the images.
        initial_rank: only queries with an initial rank of their target in this range, such as
            ``11-50``.
        relevance_threshold: images whose captions are at least this similar, from 0 to 1, to those
            of the image that a query describes (see ``firs.evaluation.caption_similarity``)
            are relevant too; 0 for that image alone.
    """

    count: int = 0
    per_source: Mapping[str, int] = field(default_factory=dict)
    indexed_captions: int = 0
    relevance_threshold: float = 0.0
    query_split: str = ""
    initial_rank: str = ""

    def __post_init__(self) -> None:
        self.initial_rank_range()

    def initial_rank_range(self) -> tuple[int, int] | None:
        """The first and the last rank at which queries begin, if that matters.

        Raises:
            InputError: ``initial_rank`` is not of the form 11-50.
        """
        if not self.initial_rank:
            return None
        first, _, last = self.initial_rank.partition("-")
        if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
            raise InputError(f"Queries begin at ranks such as 11-50, not {self.initial_rank!r}.")
        return int(first), int(last)

    def draw(self, dataset: Dataset, seed: int) -> tuple[Places, Places]:
        """The query captions, and those that join.

        Raises:
            InputError: there are not as many.
        """
        joined, pool = NO_CAPTIONS, all_queries(dataset)
        if self.indexed_captions:
            joined, pool = split_captions(dataset, self.indexed_captions)
        if self.query_split:
            pool = captions_in_split(dataset, self.query_split, pool)
        if self.per_source:
            return sample_by_source(dataset, self.per_source, seed, pool), joined
        if self.count:
            return sample_captions(dataset, self.count, seed, pool), joined
        return pool, joined

    def relevant(self, dataset: Dataset, asked: Places) -> Relevant:
        """The images that answer each of the query captions.

        Raises:
            InputError: ``relevance_threshold`` is not between 0 and 1.
        """
        if not self.relevance_threshold:
            return dataset.relevant.of(asked)
        return Content(dataset).relevant(dataset.owners[asked], self.relevance_threshold)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is measured.

    Args:
        name: as in reports.
        data: the data set.
        strategies: the first is the one that the others are compared with.
        encoder: by default ``mini``; for given vectors only the name of the encoder that made them.
            Further ones, as in ``mini+siglip2-base``, encode the pictures too.
        queries: which captions are queries.
        seed: of all that is drawn.
        measures: their names.
        oracle_encoder: the encoder whose embeddings simulated users compare images by; by default
            they compare captions.
        collection: the location of the collection of pictures; by default in the cache.

    Raises:
        InputError: there is no strategy, one is there twice, or a strategy, one of its
            parameters or a measure is unknown.
    """

    name: str
    data: Data
    strategies: tuple[StrategyCall, ...]
    encoder: str = ""
    queries: Queries = field(default_factory=Queries)
    seed: int = 0
    measures: tuple[str, ...] = STANDARD
    oracle_encoder: str = ""
    collection: Place | None = None

    def __post_init__(self) -> None:
        names = [str(call) for call in self.strategies]
        if not names or len(set(names)) < len(names):
            raise InputError(
                f"An experiment compares one or more different strategies, not: "
                f"{', '.join(names) or 'none at all'}."
            )
        for name in self.measures:
            measure(name)
        for call in self.strategies:
            call.make()  # a mistake is told before an hour of encoding, not after

    def as_json(self) -> dict[str, Any]:
        """The experiment in the form that ``read_experiment`` reads, with whole paths."""
        data = {key: _plain(value) for key, value in asdict(self.data).items() if value}
        return {
            "name": self.name,
            "data": data,
            "strategies": [{"use": call.name, **call.parameters} for call in self.strategies],
            "encoder": self.encoder,
            "queries": asdict(self.queries),
            "seed": self.seed,
            "measures": list(self.measures),
            "oracle_encoder": self.oracle_encoder,
            **({"collection": _location(self.collection)} if self.collection else {}),
        }


def read_experiment(path: Path) -> Experiment:
    """Read an experiment from a TOML file, or from a file of results.

    Raises:
        InputError: the file does not exist, is not TOML, or has unknown entries.
    """
    try:
        text = path.read_text(encoding="utf-8")
        told = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(f"The experiment {path} cannot be read: {error}") from error
    told = told.get("experiment", told)
    try:
        return _experiment(told, path.parent)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The experiment {path} is not understood ({error}); it needs a name, [data] with a "
            f"name, and [[strategies]] with use."
        ) from error


def _experiment(told: dict[str, Any], home: Path) -> Experiment:
    data = told.pop("data")
    for key in ("path", "pictures", "captions"):
        if key in data:
            data[key] = home / data[key]
    if "collection" in told:
        place = told["collection"]
        told["collection"] = place if is_address(place) else home / place
    told = _rename_keys(told, {"eye": "oracle_encoder"})
    queries = _rename_keys(told.pop("queries", {}), _OLD_QUERY_KEYS)
    strategies = tuple(_call(dict(each)) for each in told.pop("strategies"))
    measures = tuple(told.pop("measures", STANDARD))
    return Experiment(
        data=Data(**data),
        queries=Queries(**queries),
        strategies=strategies,
        measures=measures,
        **told,
    )


def _rename_keys(values: Mapping[str, Any], new_names: Mapping[str, str]) -> dict[str, Any]:
    return {new_names.get(key, key): value for key, value in values.items()}


def _call(told: dict[str, Any]) -> StrategyCall:
    return StrategyCall(told.pop("use"), told)


def _location(place: Place) -> str:
    """Return the location of a collection, without secrets in its address."""
    return str(Address.parse(place)) if isinstance(place, str) else str(place.resolve())


def _plain(value: object) -> object:
    return str(value.resolve()) if isinstance(value, Path) else value
