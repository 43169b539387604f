"""``firs evaluate``: measure encoders and strategies, and print the paper's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import say, show_table, steps, write_json
from firs.cli.options import argument, option
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.evaluation.experiment import Data, Experiment
    from firs.evaluation.results import Results
    from firs.evaluation.tables import Table

SUITES = ("calibration", "expansion", "fusion", "paper")

SUITE_MEASURES = ("R@1", "R@5", "R@10", "mean_rank")
"""Default measures of the suites ``fusion`` and ``expansion``."""


@dataclass(frozen=True, slots=True)
class DataArgs:
    """The data to measure on."""

    path: str | None = argument(
        "PATH",
        "Data: a folder of pictures with captions, one that contains such folders, or a file "
        "of vectors. Default: the sample scenes.",
    )
    vectors: Path | None = option("FILE", "A file of vectors (.npz), the same as PATH.")
    data: str | None = option(
        "NAME",
        "The kind of data in PATH, where its files do not show it: blend, coco, flickr30k, "
        "flickr8k, folder, generated, hugging-face, samples, vectors.",
    )
    split: str = option("NAME", "The split, such as dev or test.", default="")

    def find(self) -> "list[Data]":
        """Return the requested data, or all in the folder; by default the sample scenes."""
        from firs.evaluation.datasets.folder import find_datasets
        from firs.evaluation.experiment import Data

        if self.vectors is not None:
            return [Data("vectors", self.vectors, self.split)]
        if self.data is not None:
            return [Data(self.data, Path(self.path or "."), self.split)]
        if self.path is None:
            return [Data("samples", split=self.split)]
        return [
            Data(each.name, each.path, self.split or each.split)
            for each in find_datasets(Path(self.path))
        ]

    def find_one(self) -> "Data":
        """Return the only data.

        Raises:
            InputError: the folder has several data sets.
        """
        found = self.find()
        if len(found) > 1:
            places = ", ".join(str(each.path) for each in found)
            raise InputError(f"{self.path} holds several data sets; name one of: {places}.")
        return found[0]


@dataclass(frozen=True, slots=True)
class MeasureArgs:
    """The encoder, the strategies, the queries and the measures."""

    encoder: str = option(
        "NAME",
        "The encoder; for a file of vectors, the name of the one that made them. Several, as "
        "in mini+clip-vit-b32, can be fused. Default: mini.",
        default="",
    )
    strategy: str = option(
        "LIST",
        "Strategies; the others are compared with the first. Parameters are in parentheses: "
        "pseudo(p=5,rounds=2).",
        default="none,pseudo,bits-mean,bits-median",
    )
    queries: int = option("N", "How many random captions to use. Default: all.", default=0)
    seed: int = option("N", "The same number draws the same captions.", default=0)
    measures: str | None = option("LIST", "Measures, such as R@1,R@20,P@10,mAP,nDCG@10.")
    relevance_threshold: float = option(
        "X",
        "Count images as relevant whose captions are at least so similar, up to 1. "
        "Default: only the image that the caption is of.",
        default=0.0,
    )
    oracle_encoder: str = option("NAME", "How simulated users see. Default: captions.", default="")
    oracle_embeddings: Path | None = option(
        "FILE",
        "Embeddings by which simulated users compare images instead (.npz with image_ids and "
        "image_vectors).",
    )
    targets: Path | None = option(
        "FILE", "Ids of the images whose captions may be queries, one per line. Default: all."
    )
    query_split: str = option("NAME", "Only one half of the images: tune or report.", default="")
    initial_rank: str = option("A-B", "Only queries of this first rank, as 11-50.", default="")
    captions: Path | None = option(
        "FILE",
        "Captions that describe the images, for --relevance-threshold and simulated users, if "
        "PATH has captions for some of them only. They are never used as queries.",
    )
    out_of_collection_queries: Path | None = option(
        "FILE", "Queries that no image matches, one per line, for the suite calibration."
    )
    pictures: Path | None = option("DIR", "Pictures for the report and further encoders.")
    collection: str | None = option(
        "PATH",
        "Where to store the collection of pictures: a folder, or an address on a server. "
        "Default: in the cache.",
        "--collection",
        "-c",
    )

    def experiment(self, data: "Data", default_measures: Sequence[str]) -> "Experiment":
        """Return the experiment on some data."""
        from firs.evaluation.experiment import Data, Experiment, Queries
        from firs.evaluation.strategies import parse_strategies
        from firs.storage.paths import place

        return Experiment(
            name=f"{self.strategy} on {data.path.name or data.name}",
            data=Data(data.name, data.path, data.split, self.pictures, self.captions),
            strategies=parse_strategies(self.strategy),
            encoder=self.encoder,
            queries=Queries(
                count=self.queries,
                relevance_threshold=self.relevance_threshold,
                query_split=self.query_split,
                initial_rank=self.initial_rank,
                targets=self.targets,
            ),
            seed=self.seed,
            measures=tuple(self.measures.split(",") if self.measures else default_measures),
            oracle_encoder=self.oracle_encoder,
            oracle_embeddings=self.oracle_embeddings,
            collection=None if self.collection is None else place(self.collection),
        )


@dataclass(frozen=True, slots=True)
class OutputArgs:
    """Where the results are written, besides tables on stdout."""

    json: Path | None = option("FILE", "Write JSON; - is stdout.")
    out: Path | None = option("DIR", "Write JSON, tables, plots, report, TREC run and qrels files.")

    def write(self, document: dict[str, Any], tables: "Sequence[Table]") -> None:
        """Write results: JSON to its file, and tables to stdout unless JSON goes there.

        Raises:
            InputError: the file cannot be written.
        """
        to_stdout = self.json == Path("-")
        if self.json is not None:
            write_json(document, indent=1, file=None if to_stdout else self.json)
        for table in () if to_stdout else tables:
            show_table(table)


@dataclass(frozen=True, slots=True)
class PlanArgs:
    """What is measured, where it is not one experiment of the other options."""

    suite: str | None = option(
        "NAME",
        "All of a suite: paper, for its tables 1 to 5; fusion, for every fusion of captions, of "
        "words and examples, and of encoders; calibration, for the calibration of probabilities; "
        "or expansion, for what captions and accepted queries add.",
    )
    experiment: Path | None = option("FILE", "An experiment in TOML, or results to measure again.")
    earlier: Path | None = option("FILE", "Print a file of results; nothing is measured.", "--from")

    def check(self, data: DataArgs, options: MeasureArgs) -> None:
        """Check that exactly one thing is to be measured.

        Raises:
            InputError: options contradict each other, or there is no such suite.
        """
        if self.suite not in (None, *SUITES):
            raise InputError(
                f"There is no suite called {self.suite!r}. Choose one of: {', '.join(SUITES)}."
            )
        if options.out_of_collection_queries is not None and self.suite != "calibration":
            raise InputError("--out-of-collection-queries is for --suite calibration.")
        sources = {"--experiment": self.experiment, "--from": self.earlier}
        for first in ({"--suite": self.suite}, {"PATH": data.path, "--vectors": data.vectors}):
            given = [name for name, value in (first | sources).items() if value is not None]
            if len(given) > 1:
                raise InputError(f"Give {given[0]} or {given[1]}, not both.")


def evaluate(data: DataArgs, options: MeasureArgs, plan: PlanArgs, output: OutputArgs) -> None:
    """Measure how well captions find their images, by strategy: R@1, R@5, R@10, ranks.

    Examples:
      firs evaluate ~/flickr8k --encoder mini
      firs evaluate --vectors clip.npz --strategy "none,pseudo(p=5),bits-mean" --json -
      firs evaluate ~/flickr8k --strategy none,rocchio --out report
      firs evaluate ~/data --suite paper
      firs evaluate clip.npz --suite fusion --encoder clip+mini --pictures photos
      firs evaluate ~/flickr8k --suite calibration --out-of-collection-queries absent.txt
      firs evaluate --experiment bits.toml --out bits
    """
    plan.check(data, options)
    if plan.earlier is not None:
        _show_again(plan.earlier, output)
    elif plan.suite is not None:
        _run_suite(plan.suite, data, options, output)
    else:
        _run(_read_plan(plan.experiment, data, options), output)


def _read_plan(file: Path | None, data: DataArgs, options: MeasureArgs) -> "Experiment":
    from firs.evaluation.experiment import read_experiment
    from firs.evaluation.measures import STANDARD

    if file is not None:
        return read_experiment(file)
    return options.experiment(data.find_one(), STANDARD)


def _run(plan: "Experiment", output: OutputArgs) -> None:
    from firs.evaluation.report import DEPTH, write_all
    from firs.evaluation.runner import run
    from firs.evaluation.tables import main_tables

    with steps() as report:
        outcome = run(plan, depth=DEPTH if output.out else 0, progress=report)
    if output.out is not None:
        for warning in write_all(output.out, outcome):
            say(warning)
        say(f"Report: {(output.out / 'report.html').absolute()}")
    output.write(outcome.results.as_json(), main_tables(outcome.results))


def _show_again(earlier: Path, output: OutputArgs) -> None:
    from firs.evaluation.results import read_results
    from firs.evaluation.tables import main_tables

    results = read_results(earlier)
    output.write(results.as_json(), main_tables(results))


def _run_suite(suite: str, data: DataArgs, options: MeasureArgs, output: OutputArgs) -> None:
    from firs.evaluation.report import suite_json, write_suite

    if suite == "paper":
        experiments, tables = _measure_paper(data, options)
    elif suite == "calibration":
        experiments, tables = _measure_calibration(data, options)
    else:
        experiments, tables = _measure_parts(suite, data, options)
    if output.out is not None:
        write_suite(output.out, suite, experiments, tables)
    output.write(suite_json(suite, experiments, tables), tables)


Measured = tuple["Sequence[Results]", "Sequence[Table]"]
"""Results of experiments, and their tables."""


def _measure_paper(data: DataArgs, options: MeasureArgs) -> Measured:
    """Measure the paper's tables on all data, by all encoders (names separated by commas)."""
    from firs.evaluation.paper import Source, paper_tables, run_paper

    names = [name.strip() for name in options.encoder.split(",")]
    sources = [Source(each, name) for each in data.find() for name in names]
    with steps() as report:
        measured = run_paper(sources, count=options.queries, seed=options.seed, progress=report)
    return [results for each in measured for results in each.experiments], paper_tables(measured)


def _measure_parts(suite: str, data: DataArgs, options: MeasureArgs) -> Measured:
    """Measure every fusion, or captions as entries and moved images."""
    from firs.evaluation.suites import run_expansion, run_fusion

    plan = options.experiment(data.find_one(), SUITE_MEASURES)
    with steps() as report:
        if suite == "fusion":
            parts, more = run_fusion(plan, report), []
        else:
            parts, unanswerable = run_expansion(plan, report)
            more = [unanswerable]
    return [part.results for part in parts], [*(part.table() for part in parts), *more]


def _measure_calibration(data: DataArgs, options: MeasureArgs) -> Measured:
    """Measure the calibration of probabilities and the detection of absent targets."""
    from firs.evaluation.suites import run_calibration

    file = options.out_of_collection_queries
    plan = options.experiment(data.find_one(), SUITE_MEASURES)
    texts = [] if file is None else _read_lines(file)
    with steps() as report:
        return [], [run_calibration(plan, texts, report)]


def _read_lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The queries in {file} cannot be read: {error}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
