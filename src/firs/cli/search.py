"""``firs search``: a query → a ranking: a table, lines, JSON, CSV, paths or a contact sheet."""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import (
    check_sheet,
    is_terminal,
    link_path,
    make_table,
    one_line,
    output,
    save_sheet,
    say,
    write_json,
    write_row,
)
from firs.cli.options import FilterArgs, PlaceArgs, QueryArgs, flag, limit_server_wait, option
from firs.errors import ImageError, InputError

if TYPE_CHECKING:
    from PIL import Image

    from firs.ranking import Hit, Ranking, Vote
    from firs.search import QueryStrategy

Probabilities = Mapping[int, float]
"""An image's id → the probability that it is the target; empty where unknown."""

Writer = Callable[["Ranking", Probabilities], None]
JsonObject = dict[str, Any]

_UNKNOWN: Probabilities = {}


@dataclass(frozen=True, slots=True)
class RankingArgs:
    """How images are ranked, and how many of them are returned."""

    strategy: str | None = option("NAME", "early-fusion (one embedding), late-fusion or rerank.")
    fusion: str | None = option("NAME", "How to fuse several rankings: rrf, combsum(norm=rank), …")
    rerank_depth: int | None = option("M", "How many results pictures rerank in rerank.")
    dedupe: bool = flag("Group near-duplicates into one result, and count them.", "--dedupe")
    diversify: bool = flag("Let each result differ from those before it.", "--diversify")
    mmr_lambda: float | None = option("X", "Weight of relevance in --diversify, 0 to 1; else 0.7.")
    no_calibration: bool = flag("Use raw scores in a calibrated collection.", "--no-calibration")
    no_expansion: bool = flag("Ignore added captions and accepted queries.", "--no-expansion")
    k: int = option("N", "How many images to find.", "-k", default=20)
    encoder: str | None = option(
        "NAME",
        "Which encoder's embeddings to search, if there are several; mini+clip-vit-b32 fuses "
        "both. Default: the first.",
    )

    def search_options(self, query: QueryArgs) -> dict[str, Any]:
        """Return the query and its options as arguments of ``Collection.search``.

        Raises:
            InputError: an option is invalid, or does not apply.
        """
        from firs.storage.encoders import AND

        names = [name.strip() for name in (self.encoder or "").split(AND)]
        encoders = names if len(names) > 1 else []
        several = bool(encoders)
        return {
            "query": query.query(encoders),
            "k": self.k,
            "strategy": choose_strategy(
                self.strategy, self.fusion, self.rerank_depth, several=several
            ),
            "fusion": self.fusion if several else None,
            "weights": query.encoder_weights(encoders),
            "dedupe": self.dedupe,
            "diversify": self.diversify if self.mmr_lambda is None else self.mmr_lambda,
            "use_calibration": not self.no_calibration,
            "use_expansion": not self.no_expansion,
        }


@dataclass(frozen=True, slots=True)
class OutputArgs:
    """The form of the results."""

    explain_rank: bool = flag("Show the rank of each image by each query part.", "--explain-rank")
    json: bool = flag("Write JSON.", "--json")
    csv: bool = flag("Write CSV with a header.", "--csv")
    paths: bool = flag("Write only paths.", "--paths")
    sheet: Path | None = option("FILE", "Also draw them as one picture: .jpg, .png or .webp.")
    explain: int = option("N", "On the sheet, show N, each with a map of the match.", default=0)

    def writer(self) -> Writer:
        """Return the writer of the requested format; JSON always includes the explanation.

        Raises:
            InputError: several formats are requested, or one that cannot be explained.
        """
        names = [name for name in _WRITERS if getattr(self, name)]
        if len(names) > 1:
            raise InputError(f"Choose one of {' and '.join(f'--{name}' for name in names)}.")
        if self.explain_rank and names not in ([], ["json"]):
            raise InputError(f"--explain-rank goes with a table or --json, not with --{names[0]}.")
        if names:
            return _WRITERS[names[0]]
        return partial(as_lines, is_explained=True) if self.explain_rank else as_table

    def check_sheet(self, text: str | None) -> None:
        """Check, before any work, that the requested sheet can be drawn.

        Raises:
            InputError: it cannot be written, or there is no text to explain results by.
        """
        if self.explain < 0:
            raise InputError(f"--explain is how many results to explain, not {self.explain}.")
        if self.explain and self.sheet is None:
            raise InputError("--explain draws on a sheet; add one: --sheet FILE")
        if self.explain and text is None:
            raise InputError("--explain shows where words match; add a text to the query.")
        if self.sheet is not None:
            check_sheet(self.sheet)


def search(
    query: QueryArgs,
    filters: FilterArgs,
    ranking: RankingArgs,
    output: OutputArgs,
    place: PlaceArgs,
) -> None:
    r"""Find the images that match TEXT, resemble a picture, or both.

    Run it in the indexed folder, or in any folder below it.

    Examples:
      firs search "a black cat on a wooden bench"
      firs search "a black cat on a wooden bench" -k 50 --sheet cats.jpg
      firs search "a black cat on a wooden bench" --explain 5 --sheet why.jpg
      firs search --image bench.jpg
      firs search "a dog on a beach" --image like.jpg --not "a leash" --weight image=0.5
      firs search "a dog on a beach" --in '2024/**' --larger 1MB --tag holiday --dedupe
      firs search "a dog on a beach" --encoder mini+clip-vit-b32 --explain-rank
      firs search "receipts" --paths | xargs -d '\n' cp -t receipts
    """
    options = ranking.search_options(query)
    where = filters.filter()
    write = output.writer()
    output.check_sheet(query.text)
    with limit_server_wait(place.collection), place.open(ranking.encoder) as opened:
        found = opened.search(**options, where=where)
        maps = explain_hits(found[: output.explain])
    if output.sheet is not None and len(found):
        terms, images = options["query"].terms, query.image or []
        title = query.text if len(terms) == 1 and query.text else str(options["query"])
        drawn = found[: output.explain] if output.explain else found
        save_sheet(output.sheet, drawn, title, images, maps)
    confidence = found.confidence
    write(found, confidence.probabilities if confidence else {})
    for warning in found.warnings:
        say(warning)
    if where is not None and not len(found):
        say(f"No image passes: {where}.")
    if confidence is not None and confidence.is_weak:
        say("Nothing here matches well; these are the nearest.")
    if output.sheet is not None and len(found):
        say(f"Contact sheet: {output.sheet.absolute()}")


def choose_strategy(
    name: str | None, fusion: str | None, depth: int | None, *, several: bool = False
) -> "str | QueryStrategy":
    """Return the query strategy: by name, or the one that the other options imply.

    With ``several`` encoders a fusion also applies to their rankings, and implies no strategy.

    Raises:
        InputError: there is no such strategy, or an option does not apply to it.
    """
    from firs.search import DEFAULT, load_strategy

    implied = "late-fusion" if fusion and not several else DEFAULT
    name = name or (implied if depth is None else "rerank")
    if name == DEFAULT and fusion is None and depth is None:
        return DEFAULT
    from firs.search.strategies import LateFusion, Rerank

    if depth is not None and name != "rerank":
        raise InputError(f"--rerank-depth is for --strategy rerank, not {name}.")
    if fusion and name == "early-fusion" and not several:
        raise InputError(
            "--fusion is for --strategy late-fusion and rerank; early-fusion makes one vector."
        )
    if fusion and name == "late-fusion":
        return LateFusion(fusion)
    if name == "rerank":
        default = Rerank()
        return Rerank(default.depth if depth is None else depth, fusion or default.fusion)
    return load_strategy(name)


def as_table(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a table with clickable paths to a terminal; when piped, plain lines."""
    if not is_terminal():
        return as_lines(ranking, probabilities)
    names = ["rank", "score", *(["probability"] if probabilities else []), "image"]
    table = make_table(*["right"] * (len(names) - 1), "left", names=names)
    for hit in ranking:
        link = link_path(hit.path)
        link.append(f"  {_count_duplicates(ranking, hit)}".rstrip(), style="dim")
        probability = [f"{probabilities[hit.id]:.1%}"] if probabilities else []
        table.add_row(str(hit.rank), f"{hit.score:.3f}", *probability, link)
    return output().print(table)


def as_lines(
    ranking: "Ranking", _: Probabilities = _UNKNOWN, *, is_explained: bool = False
) -> None:
    """Write rank, score, path and the number of collapsed duplicates, separated by tabs.

    Each line of an explained ranking is followed by the votes of every query part.
    """
    for hit in ranking:
        duplicates = _count_duplicates(ranking, hit)
        write_row(hit.rank, f"{hit.score:.4f}", hit.path, *filter(None, [duplicates]))
        if is_explained:
            _write_votes(ranking.votes(hit.id), "\t")


def _count_duplicates(ranking: "Ranking", hit: "Hit") -> str:
    count = len(ranking.duplicates.get(hit.id, ()))
    return f"+{count} alike" if count else ""


def _write_votes(votes: "Sequence[Vote]", indent: str) -> None:
    for vote in votes:
        figures = f"rank {vote.rank}\tscore {vote.score:.4f}\tweight {vote.weight:g}"
        sys.stdout.write(f"{indent}{figures}\t{one_line(vote.source)}\n")
        _write_votes(vote.votes, f"{indent}\t")


def as_paths(ranking: "Ranking", _: Probabilities = _UNKNOWN) -> None:
    """Write one path per line, as on disk."""
    sys.stdout.writelines(f"{path}\n" for path in ranking.paths)


def as_csv(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a header, then rank, score, id and path, as in RFC 4180."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["rank", "score", "id", "path", *(["probability"] if probabilities else [])])
    for hit in ranking:
        probability = [f"{probabilities[hit.id]:.6f}"] if probabilities else []
        rows.writerow([hit.rank, f"{hit.score:.6f}", hit.id, hit.path, *probability])


def as_json(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write one object: the source of the scores, and the results in order, with their votes."""
    results = [
        _hit(hit)
        | ({"probability": probabilities.get(hit.id)} if probabilities else {})
        | _votes(ranking.votes(hit.id))
        | _duplicates(ranking, hit)
        for hit in ranking
    ]
    write_json({"source": ranking.source, "warnings": list(ranking.warnings), "results": results})


def _hit(hit: "Hit") -> JsonObject:
    return {"rank": hit.rank, "score": round(hit.score, 6), "id": hit.id, "path": str(hit.path)}


def _votes(votes: "Sequence[Vote]") -> JsonObject:
    """Return the votes of the parts of a fused ranking for an image; empty without parts."""
    described = [
        {
            "source": vote.source,
            "rank": vote.rank,
            "score": round(vote.score, 6),
            "weight": round(vote.weight, 6),
        }
        | _votes(vote.votes)
        for vote in votes
    ]
    return {"votes": described} if described else {}


def _duplicates(ranking: "Ranking", hit: "Hit") -> JsonObject:
    """Return the near-duplicates that a result represents; empty without deduplication."""
    if hit.id not in ranking.duplicates:
        return {}
    duplicates = ranking.duplicates[hit.id]
    return {"count": 1 + len(duplicates), "behind": [_hit(each) for each in duplicates]}


_WRITERS: dict[str, Writer] = {"json": as_json, "csv": as_csv, "paths": as_paths}


def explain_hits(ranking: "Ranking") -> "dict[int, Image.Image]":
    """Return each image with its map, by id; images that can no longer be read are omitted."""
    explained = {}
    for hit in ranking:
        try:
            explained[hit.id] = ranking.explain(hit.id).overlay()
        except ImageError:
            continue
    return explained
