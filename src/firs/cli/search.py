"""``firs search``: a query → a ranking, the best match first."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli import results
from firs.cli.console import say
from firs.cli.options import FilterArgs, PlaceArgs, QueryArgs, flag, limit_server_wait, option
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.search import QueryStrategy


@dataclass(frozen=True, slots=True)
class RankingArgs:
    """How images are ranked, and how many of them are returned."""

    strategy: str | None = option(
        "NAME",
        "The strategy for several terms: early-fusion (one embedding), late-fusion or rerank.",
    )
    fusion: str | None = option(
        "NAME", "How late-fusion, rerank and several encoders fuse rankings, such as rrf."
    )
    rerank_depth: int | None = option(
        "M", "How many results of the texts are reranked by the pictures in rerank."
    )
    dedupe: bool = flag("Group near-duplicates into one result, and count them.", "--dedupe")
    diversify: bool = flag("Let each result differ from those before it.", "--diversify")
    mmr_lambda: float | None = option(
        "X", "The weight of relevance in --diversify, from 0 to 1. Default: 0.7."
    )
    no_calibration: bool = flag("Use raw scores in a calibrated collection.", "--no-calibration")
    no_expansion: bool = flag(
        "Ignore captions and accepted queries of expansions.", "--no-expansion"
    )
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
    sheet: Path | None = option(
        "FILE", "Also draw the results as one picture: .jpg, .png or .webp."
    )
    explain: int = option(
        "N",
        "On the sheet, show only the first N, each with a map of where it matches the text.",
        default=0,
        show_default=False,
    )

    def writer(self, text: str | None) -> results.Writer:
        """Return the writer of the results.

        Raises:
            InputError: the options contradict each other, or a sheet cannot be written.
        """
        results.check_explained(self.explain, self.sheet, text)
        if self.sheet is not None:
            results.check_sheet(self.sheet)
        return results.choose_writer(
            json=self.json, csv=self.csv, paths=self.paths, explain=self.explain_rank
        )


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
    write = output.writer(query.text)
    with limit_server_wait(place.find()), place.open(ranking.encoder) as opened:
        found = opened.search(**options, where=where)
        maps = results.explain_hits(found[: output.explain])
    if output.sheet is not None and len(found):
        terms, images = options["query"].terms, query.image or []
        title = query.text if len(terms) == 1 and query.text else str(options["query"])
        drawn = found[: output.explain] if output.explain else found
        results.save_sheet(output.sheet, drawn, title, images, maps)
    confidence = found.confidence
    write(found, confidence.probabilities if confidence else {})
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

    name = name or _implied_strategy(fusion, depth, several=several) or DEFAULT
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


def _implied_strategy(fusion: str | None, depth: int | None, *, several: bool) -> str | None:
    if depth is not None:
        return "rerank"
    return "late-fusion" if fusion and not several else None
