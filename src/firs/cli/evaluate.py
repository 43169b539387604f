"""``firs evaluate``: measure encoders and strategies, and print the paper's tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import say, show_table, steps
from firs.cli.suites import (
    FIGURES,
    SUITES,
    is_stdout,
    run_calibration_suite,
    run_expansion_suite,
    run_fusion_suite,
    run_paper_suite,
    write_json,
)
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.evaluation.experiment import Data, Experiment
    from firs.evaluation.results import Results

Where: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH",
        help="Data: a folder of pictures with captions, one that holds such folders, or a file "
        "of vectors. Otherwise: the sample scenes.",
        show_default=False,
    ),
]
Vectors: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A file of vectors (.npz), the same as PATH.", show_default=False
    ),
]
DataName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What PATH holds, where it is not told by its files: blend, coco, flickr30k, "
        "flickr8k, folder, generated, hugging-face, samples, vectors.",
        show_default=False,
    ),
]
Split: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", help="Its split, such as dev or test.", show_default=False)
]
EncoderName: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="The encoder; of vectors, what to call the one that made them. Several, as in "
        "mini+clip-vit-b32, can be fused. Otherwise: mini.",
        show_default=False,
    ),
]
StrategyNames: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Strategies; the others are compared with the first. Parameters stand in "
        "parentheses: pseudo(p=5,rounds=2).",
    ),
]
Suite: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="All of a suite: paper, for its tables 1 to 5; fusion, for every fusion of captions, "
        "of words and examples, and of encoders; calibration, for how true probabilities are; or "
        "expansion, for what captions and accepted queries add.",
        show_default=False,
    ),
]
ExperimentFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="An experiment in TOML, or a file of results to measure again.",
        show_default=False,
    ),
]
Earlier: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Print a file of results again; nothing is measured.",
        show_default=False,
    ),
]
HowMany: TypeAlias = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="How many captions to ask, drawn by chance. Otherwise: all.",
        show_default=False,
    ),
]
Seed: TypeAlias = Annotated[
    int, typer.Option(metavar="N", help="The same number draws the same captions.")
]
Measures: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="What to measure, such as R@1,R@20,P@10,mAP,nDCG@10,median_rank.",
        show_default=False,
    ),
]
RelevanceThreshold: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="X",
        help="Count images as relevant whose captions are at least so alike, up to 1. "
        "Otherwise: only the image that the caption is of.",
        show_default=False,
    ),
]
OracleEncoder: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="The encoder by which simulated users see. Otherwise they go by captions.",
        show_default=False,
    ),
]
QuerySplit: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Only captions of one half of the images: tune, to choose parameters on, or report.",
        show_default=False,
    ),
]
InitialRank: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="A-B",
        help="Only queries whose image stands at these ranks at first, such as 11-50.",
        show_default=False,
    ),
]
Captions: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Captions that describe the images, for --relevance-threshold and simulated users, "
        "if PATH has captions for some of them only. They are never used as queries.",
        show_default=False,
    ),
]
OutOfCollectionQueries: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Queries for what no image shows, one a line, for the suite calibration.",
        show_default=False,
    ),
]
Pictures: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Pictures for the report and for further encoders, where PATH has none.",
        show_default=False,
    ),
]
KeepIn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="Where to keep the collection of pictures: a folder, or an address on a server. "
        "Otherwise: in the cache.",
        show_default=False,
    ),
]
JsonFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write JSON; - is stdout.", show_default=False),
]
OutFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write everything: JSON, tables, plots, report, TREC run and qrels files.",
        show_default=False,
    ),
]


def evaluate(
    path: Where = None,
    vectors: Vectors = None,
    data: DataName = None,
    split: Split = "",
    encoder: EncoderName = "",
    strategy: StrategyNames = "none,pseudo,bits-mean,bits-median",
    suite: Suite = None,
    experiment: ExperimentFile = None,
    earlier: Earlier = None,
    queries: HowMany = 0,
    seed: Seed = 0,
    measures: Measures = None,
    relevance_threshold: RelevanceThreshold = 0.0,
    oracle_encoder: OracleEncoder = "",
    query_split: QuerySplit = "",
    initial_rank: InitialRank = "",
    captions: Captions = None,
    out_of_collection_queries: OutOfCollectionQueries = None,
    pictures: Pictures = None,
    collection: KeepIn = None,
    json: JsonFile = None,
    out: OutFolder = None,
) -> None:
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
    from firs.evaluation.experiment import Data, Experiment, Queries, read_experiment
    from firs.evaluation.measures import STANDARD
    from firs.evaluation.strategies import parse_strategies
    from firs.storage.paths import place

    if suite not in (None, *SUITES):
        raise InputError(f"There is no suite called {suite!r}. Choose one of: {', '.join(SUITES)}.")
    if out_of_collection_queries is not None and suite != "calibration":
        raise InputError("--out-of-collection-queries is for --suite calibration.")
    _only_one({"--suite": suite, "--experiment": experiment, "--from": earlier})
    _only_one({"PATH": path, "--vectors": vectors, "--experiment": experiment, "--from": earlier})
    if earlier is not None:
        _show_again(earlier, json)
    elif experiment is not None:
        _run(read_experiment(experiment), json, out)
    elif suite == "paper":
        found = _data(path, vectors, data, split)
        run_paper_suite(found, encoder, queries, seed, json, out)
    else:
        (told,) = _data(path, vectors, data, split, several=False)
        plan = Experiment(
            name=f"{strategy} on {told.path.name or told.name}",
            data=Data(told.name, told.path, told.split, pictures, captions),
            strategies=parse_strategies(strategy),
            encoder=encoder,
            queries=Queries(
                count=queries,
                relevance_threshold=relevance_threshold,
                query_split=query_split,
                initial_rank=initial_rank,
            ),
            seed=seed,
            measures=tuple(measures.split(",")) if measures else FIGURES if suite else STANDARD,
            oracle_encoder=oracle_encoder,
            collection=None if collection is None else place(collection),
        )
        if suite == "calibration":
            run_calibration_suite(plan, out_of_collection_queries, json, out)
        elif suite == "expansion":
            run_expansion_suite(plan, json, out)
        else:
            run_fusion_suite(plan, json, out) if suite else _run(plan, json, out)


def _only_one(options: dict[str, object]) -> None:
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise InputError(f"Give {given[0]} or {given[1]}, not both.")


def _data(
    path: str | None, vectors: Path | None, name: str | None, split: str, *, several: bool = True
) -> "list[Data]":
    """Return the requested data, or what is in the folder; by default the sample scenes."""
    from firs.evaluation.datasets.folder import find_datasets
    from firs.evaluation.experiment import Data

    if vectors is not None:
        return [Data("vectors", vectors, split)]
    if name is not None:
        return [Data(name, Path(path or "."), split)]
    if path is None:
        return [Data("samples", split=split)]
    found = [Data(each.name, each.path, split or each.split) for each in find_datasets(Path(path))]
    if len(found) > 1 and not several:
        places = ", ".join(str(each.path) for each in found)
        raise InputError(f"{path} holds several data sets; name one of: {places}.")
    return found


def _run(plan: "Experiment", json: Path | None, out: Path | None) -> None:
    from firs.evaluation.report import DEPTH, write_all
    from firs.evaluation.runner import run

    with steps() as report:
        outcome = run(plan, depth=DEPTH if out else 0, progress=report)
    if json is not None:
        write_json(outcome.results.as_json(), json)
    if out is not None:
        for remark in write_all(out, outcome):
            say(remark)
        say(f"Report: {(out / 'report.html').absolute()}")
    if not is_stdout(json):
        _show(outcome.results)


def _show_again(earlier: Path, json: Path | None) -> None:
    from firs.evaluation.results import read_results

    results = read_results(earlier)
    if json is not None:
        write_json(results.as_json(), json)
    if not is_stdout(json):
        _show(results)


def _show(results: "Results") -> None:
    from firs.evaluation.tables import main_tables

    for table in main_tables(results):
        show_table(table)
