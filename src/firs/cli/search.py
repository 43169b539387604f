"""``firs search``: words and pictures → images, the best match first."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from firs.cli import results
from firs.cli.console import say
from firs.cli.options import AsJson, ReadFrom
from firs.cli.query_args import (
    After,
    Before,
    Larger,
    QueryArgs,
    Smaller,
    Tagged,
    Within,
    choose_strategy,
    encoder_weights,
    parse_filter,
)
from firs.cli.results import check_explained, check_sheet, explain_hits, save_sheet

Words: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="What to see in the picture, such as: a black cat on a wooden bench.",
        show_default=False,
    ),
]
Examples: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--image",
        "-i",
        metavar="FILE",
        help="A picture like those to find; can be given several times.",
        show_default=False,
    ),
]
Likes: TypeAlias = Annotated[
    list[int] | None,
    typer.Option(
        "--like",
        metavar="ID",
        help="An image of the collection like those to find, by its id; several times.",
        show_default=False,
    ),
]
Nots: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--not",
        metavar="TEXT",
        help="What not to see in the picture; several times.",
        show_default=False,
    ),
]
NotExamples: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--not-image",
        metavar="FILE",
        help="A picture unlike those to find; several times.",
        show_default=False,
    ),
]
Weights: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="KIND=N",
        help="How much a kind counts: text, image, like, not, not-image, or one of several "
        "encoders; 1 without it.",
        show_default=False,
    ),
]
Strategy: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="How several parts are searched: early-fusion (one vector), late-fusion or rerank.",
        show_default=False,
    ),
]
FusedBy: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--fusion",
        metavar="NAME",
        help="How late-fusion, rerank and several encoders fuse, such as rrf.",
        show_default=False,
    ),
]
First: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--rerank-depth",
        metavar="M",
        help="How many of what the words find the pictures rerank, with --strategy rerank.",
        show_default=False,
    ),
]
Explained: TypeAlias = Annotated[
    bool,
    typer.Option("--explain-rank", help="Say what each part of the query thinks of each image."),
]
EncoderName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose vectors to search, where the collection has several; mini+clip-vit-b32: those "
        "of both, fused. Otherwise: the first's.",
        show_default=False,
    ),
]
Folded: TypeAlias = Annotated[
    bool, typer.Option("--dedupe", help="Let near-duplicates take one place, and count them.")
]
Varied: TypeAlias = Annotated[
    bool, typer.Option("--diversify", help="Let each result differ from those before it.")
]
MmrLambda: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help="How much relevance counts in --diversify, from 0 to 1. Otherwise: 0.7.",
        show_default=False,
    ),
]
Uncalibrated: TypeAlias = Annotated[
    bool,
    typer.Option("--no-calibration", help="Leave scores as they are in a calibrated collection."),
]
Unexpanded: TypeAlias = Annotated[
    bool,
    typer.Option("--no-expansion", help="Leave out what captions and accepted queries add."),
]
HowMany: TypeAlias = Annotated[
    int, typer.Option("-k", metavar="N", help="How many images to find.")
]
AsCsv: TypeAlias = Annotated[bool, typer.Option("--csv", help="Write CSV with a header.")]
AsPaths: TypeAlias = Annotated[bool, typer.Option("--paths", help="Write paths and nothing else.")]
Sheet: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Also draw what was found as one picture: .jpg, .png or .webp.",
        show_default=False,
    ),
]
Explain: TypeAlias = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="On the sheet, show the first N alone, and over each where it matches the words.",
        show_default=False,
    ),
]


def search(
    words: Words = None,
    image: Examples = None,
    like: Likes = None,
    nots: Nots = None,
    not_image: NotExamples = None,
    weight: Weights = None,
    strategy: Strategy = None,
    fusion: FusedBy = None,
    first: First = None,
    within: Within = None,
    after: After = None,
    before: Before = None,
    larger: Larger = None,
    smaller: Smaller = None,
    tag: Tagged = None,
    fold: Folded = False,
    varied: Varied = False,
    mmr_lambda: MmrLambda = None,
    uncalibrated: Uncalibrated = False,
    unexpanded: Unexpanded = False,
    k: HowMany = 20,
    explain_rank: Explained = False,
    json: AsJson = False,
    csv: AsCsv = False,
    paths: AsPaths = False,
    sheet: Sheet = None,
    explain: Explain = 0,
    encoder: EncoderName = None,
    collection: ReadFrom = None,
) -> None:
    r"""Find the images that match TEXT, look like a picture, or both.

    Run it in the folder that was indexed, or in any folder below it.

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
    from firs.cli.options import collection_to_read, limit_server_wait
    from firs.collection import Collection
    from firs.storage.encoders import AND

    text = " ".join(words) if words else None
    images = image or []
    names = [name.strip() for name in (encoder or "").split(AND)]
    several = len(names) > 1
    weighed, weights = encoder_weights(weight or [], names)
    asked = QueryArgs(text, images, like or [], nots or [], not_image or [], weighed)
    query, answering = asked.query(), choose_strategy(strategy, fusion, first, several=several)
    where = parse_filter(within, after, before, larger, smaller, tag)
    write = results.choose_writer(json=json, csv=csv, paths=paths, explain=explain_rank)
    check_explained(explain, sheet, text)
    if sheet is not None:
        check_sheet(sheet)
    place = collection_to_read(collection)
    with limit_server_wait(place), Collection(place, encoder, create=False) as searched:
        ranking = searched.search(
            query,
            k=k,
            strategy=answering,
            fusion=fusion if several else None,
            weights=weights,
            where=where,
            dedupe=fold,
            diversify=varied if mmr_lambda is None else mmr_lambda,
            use_calibration=not uncalibrated,
            use_expansion=not unexpanded,
        )
        instead = explain_hits(ranking[:explain])
    if where is not None and not len(ranking):
        say(f"No image passes: {where}.")
    elif sheet is not None:
        title = text if len(query.terms) == 1 and text else str(query)
        save_sheet(sheet, ranking[:explain] if explain else ranking, title, images, instead)
    confidence = ranking.confidence
    write(ranking, confidence.probabilities if confidence else {})
    if confidence is not None and confidence.is_weak:
        say("Nothing here matches well; these are the nearest.")
    if sheet is not None and len(ranking):
        say(f"Contact sheet: {sheet.absolute()}")
