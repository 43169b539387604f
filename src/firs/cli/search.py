"""``firs search``: a query → a ranking, the best match first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firs.cli.console import say
from firs.cli.options import (
    FilterArgs,
    PlaceArgs,
    QueryArgs,
    flag,
    limit_server_wait,
    option,
)
from firs.cli.results import OutputArgs, explain_hits, save_sheet
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.search import QueryStrategy


@dataclass(frozen=True, slots=True)
class RankingArgs:
    """How images are ranked, and how many of them are returned."""

    strategy: str | None = option("NAME", "early-fusion (one embedding), late-fusion or rerank.")
    fusion: str | None = option("NAME", "How to fuse several rankings, such as rrf.")
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
