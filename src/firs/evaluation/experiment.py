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
from firs.evaluation.caption_similarity import CaptionSimilarity
from firs.evaluation.datasets import (
    Dataset,
    all_queries,
    captions_in_split,
    captions_of_targets,
    load_dataset,
    sample_by_source,
    sample_captions,
    split_captions,
)
from firs.evaluation.datasets.formats import read_lines
from firs.evaluation.evaluation_set import NO_CAPTIONS
from firs.evaluation.measures import STANDARD, Indices, Relevant, measure
from firs.evaluation.strategies import StrategyCall
from firs.indexing.captions import read_captions
from firs.milvus.address import Address
from firs.storage.paths import Place, is_address


@dataclass(frozen=True, slots=True)
class Data:
    """A data set's name, its location, its split, and separate locations of its parts.

    Args:
        name: as ``load_dataset`` knows it.
        path: its folder or file.
        split: one of its splits; empty for the default one.
        pictures: their folder, if it is another one.
        captions: a file of captions that describe the images, where its own do not: for
            simulated users and for which images are similar. They are never queries.
    """

    name: str
    path: Path = Path()
    split: str = ""
    pictures: Path | None = None
    captions: Path | None = None

    def load(self) -> Dataset:
        """Load the data set.

        Raises:
            InputError: there is no such data set, or its files are absent or not its own.
        """
        dataset = load_dataset(self.name, self.path, self.split)
        if self.captions:
            dataset = dataset.with_descriptions(read_captions(self.captions))
        return dataset.with_files(self.pictures) if self.pictures else dataset


@dataclass(frozen=True, slots=True)
class Queries:
    """Which captions are queries, and which images are relevant to them.

    Args:
        count: number of queries; 0 for all.
        per_source: number of queries drawn from each blended source, instead of ``count``.
        indexed_captions: number of captions per image that join the collection and are never
            queries.
        query_split: ``tune`` or ``report``: only captions of one half of the images.
        initial_rank: only queries with an initial rank of their target in this range, such as
            ``11-50``.
        relevance_threshold: images with captions at least this similar, from 0 to 1, to those
            of the image that a query describes (see ``firs.evaluation.caption_similarity``)
            are relevant too; 0 for that image alone.
        targets: a file with the ids of the images whose captions may be queries, one per line; all
            other images are only searched.
    """

    count: int = 0
    per_source: Mapping[str, int] = field(default_factory=dict)
    indexed_captions: int = 0
    relevance_threshold: float = 0.0
    query_split: str = ""
    initial_rank: str = ""
    targets: Path | None = None

    def __post_init__(self) -> None:
        self.initial_rank_range()

    def initial_rank_range(self) -> tuple[int, int] | None:
        """Return the first and the last initial rank that queries may have, if that matters.

        Raises:
            InputError: ``initial_rank`` is not of the form 11-50.
        """
        if not self.initial_rank:
            return None
        first, _, last = self.initial_rank.partition("-")
        if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
            raise InputError(f"Initial ranks are given as in 11-50, not {self.initial_rank!r}.")
        return int(first), int(last)

    def draw(self, dataset: Dataset, seed: int) -> tuple[Indices, Indices]:
        """Return the query captions, and those that are entries of the collection.

        Raises:
            InputError: there are not as many, or a target is not in the data set.
        """
        indexed, pool = NO_CAPTIONS, all_queries(dataset)
        if self.indexed_captions:
            indexed, pool = split_captions(dataset, self.indexed_captions)
        if self.targets is not None:
            pool = captions_of_targets(dataset, read_lines(self.targets), pool)
        if self.query_split:
            pool = captions_in_split(dataset, self.query_split, pool)
        if self.per_source:
            return sample_by_source(dataset, self.per_source, seed, pool), indexed
        if self.count:
            return sample_captions(dataset, self.count, seed, pool), indexed
        return pool, indexed

    def relevant(self, dataset: Dataset, query_captions: Indices) -> Relevant:
        """Return the relevant images of each of the query captions.

        Raises:
            InputError: ``relevance_threshold`` is not between 0 and 1.
        """
        if not self.relevance_threshold:
            return dataset.relevant.of(query_captions)
        owners = dataset.owners[query_captions]
        return CaptionSimilarity(dataset).relevant(owners, self.relevance_threshold)


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
        oracle_encoder: the encoder by which simulated users compare images; by default they
            compare captions.
        oracle_embeddings: a file of embeddings by which they compare images instead (see
            ``firs.evaluation.datasets.vectors.read_oracle_embeddings``).
        collection: the location of the collection of pictures; by default in the cache.

    Raises:
        InputError: there is no strategy, one is there twice, a strategy, one of its parameters or
            a measure is unknown, or simulated users have an encoder and a file.
    """

    name: str
    data: Data
    strategies: tuple[StrategyCall, ...]
    encoder: str = ""
    queries: Queries = field(default_factory=Queries)
    seed: int = 0
    measures: tuple[str, ...] = STANDARD
    oracle_encoder: str = ""
    oracle_embeddings: Path | None = None
    collection: Place | None = None

    def __post_init__(self) -> None:
        names = [str(call) for call in self.strategies]
        if not names or len(set(names)) < len(names):
            raise InputError(
                f"An experiment compares one or more different strategies, not: "
                f"{', '.join(names) or 'none at all'}."
            )
        if self.oracle_encoder and self.oracle_embeddings:
            raise InputError(
                "Simulated users compare images by an encoder or by a file of embeddings; leave "
                "--oracle-encoder or --oracle-embeddings out."
            )
        for name in self.measures:
            measure(name)
        for call in self.strategies:
            call.make()  # a mistake is reported before an hour of encoding, not after

    def as_json(self) -> dict[str, Any]:
        """Return the form that ``read_experiment`` reads, with absolute paths."""
        data = {key: _plain(value) for key, value in asdict(self.data).items() if value}
        return {
            "name": self.name,
            "data": data,
            "strategies": [{"use": call.name, **call.parameters} for call in self.strategies],
            "encoder": self.encoder,
            "queries": {key: _plain(value) for key, value in asdict(self.queries).items()},
            "seed": self.seed,
            "measures": list(self.measures),
            "oracle_encoder": self.oracle_encoder,
            "oracle_embeddings": _plain(self.oracle_embeddings),
            **({"collection": _location(self.collection)} if self.collection else {}),
        }


def read_experiment(path: Path) -> Experiment:
    """Read an experiment from a TOML file, or from a file of results.

    Raises:
        InputError: the file does not exist, is not TOML, or has unknown entries.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(f"The experiment {path} cannot be read: {error}") from error
    try:
        return parse_experiment(content.get("experiment", content), path.parent)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The experiment {path} is not understood ({error}); it needs a name, [data] with a "
            f"name, and [[strategies]] with use."
        ) from error


_FORMER_NAMES = {
    "eye": "oracle_encoder",
    "of_source": "per_source",
    "joining": "indexed_captions",
    "half": "query_split",
    "began": "initial_rank",
    "alike": "relevance_threshold",
}
"""Names in files of earlier versions, which can still be read, → present names."""


def parse_experiment(content: Mapping[str, Any], home: Path) -> Experiment:
    """Build an experiment from its description; paths are relative to ``home``."""
    values = _rename_keys(content)
    data = dict(values.pop("data"))
    for key in ("path", "pictures", "captions"):
        if key in data:
            data[key] = home / data[key]
    place = values.pop("collection", None)
    if place is not None:
        place = place if is_address(place) else home / place
    queries = _rename_keys(values.pop("queries", {}))
    if queries.get("targets"):
        queries["targets"] = home / queries["targets"]
    if values.get("oracle_embeddings"):
        values["oracle_embeddings"] = home / values["oracle_embeddings"]
    calls = [dict(each) for each in values.pop("strategies")]
    return Experiment(
        data=Data(**data),
        queries=Queries(**queries),
        strategies=tuple(StrategyCall(call.pop("use"), call) for call in calls),
        measures=tuple(values.pop("measures", STANDARD)),
        collection=place,
        **values,
    )


def _rename_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_FORMER_NAMES.get(key, key): value for key, value in values.items()}


def _location(place: Place) -> str:
    """Return the location of a collection, without secrets in its address."""
    return str(Address.parse(place)) if isinstance(place, str) else str(place.resolve())


def _plain(value: object) -> object:
    return str(value.resolve()) if isinstance(value, Path) else value
