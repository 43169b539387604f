"""How fast each backend encodes, next to the plain pipelines of transformers and open_clip.

    python -m benchmarks.encode [--model ViT-B-32] [--count 64] [--rounds 3] [--photos FOLDER]

Needs the extras torch, openclip and export (`make test-torch` makes an environment with all of
them). The models are of full size with random weights, which takes the same time as trained ones;
they are made once, below build/. Photos are enlarged to 1600 by 1200, as cameras give them or
more. Backends and peers take turns, round by round, so that a busy machine slows all of them; the
middle round counts.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.imaging import decode
from tests.torchvision_parts import stand_in

BUILD = Path("build") / "encode-benchmark"
BATCH = 16
PATCHES = {"ViT-B-32": 32, "ViT-B-16": 16}
TEXTS = ["a black cat on a wooden bench", "two children play football on the beach at sunset"] * 32

Job = Callable[[], object]


class PlainTransformers:
    """The code that its documentation gives to a user."""

    def __init__(self, folder: Path) -> None:
        import transformers

        self._model = transformers.AutoModel.from_pretrained(folder).eval()
        self._processor = transformers.AutoProcessor.from_pretrained(folder)

    def images(self, images: Sequence[Image.Image]) -> None:
        """Encode pictures."""
        import torch

        with torch.inference_mode():
            for some in batches(images):
                inputs = self._processor(images=list(some), return_tensors="pt")
                self._model.get_image_features(**inputs)

    def texts(self, texts: Sequence[str]) -> None:
        """Encode texts."""
        import torch

        with torch.inference_mode():
            for some in batches(texts):
                inputs = self._processor(
                    text=list(some), return_tensors="pt", padding=True, truncation=True
                )
                self._model.get_text_features(**inputs)


class PlainOpenClip:
    """The code that its documentation gives to a user."""

    def __init__(self, folder: Path) -> None:
        import open_clip

        name = f"local-dir:{folder}"
        self._model, _, self._transform = open_clip.create_model_and_transforms(name)
        self._model.eval()
        self._tokenizer = open_clip.get_tokenizer(name)

    def images(self, images: Sequence[Image.Image]) -> None:
        """Encode pictures."""
        import torch

        with torch.inference_mode():
            for some in batches(images):
                self._model.encode_image(torch.stack([self._transform(each) for each in some]))

    def texts(self, texts: Sequence[str]) -> None:
        """Encode texts."""
        import torch

        with torch.inference_mode():
            for some in batches(texts):
                self._model.encode_text(self._tokenizer(list(some)))


def batches(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]


def ours(encoder: Encoder, photos: list[Path], images: list[Image.Image]) -> dict[str, Job]:
    def from_files() -> None:
        with ThreadPoolExecutor(2) as pool:
            waiting = [
                [pool.submit(decode, path, at_least=encoder.image_size) for path in some]
                for some in batches(photos)[:2]
            ]
            for at in range(len(batches(photos))):
                encoder.encode_images([each.result() for each in waiting.pop(0)])
                waiting += [
                    [pool.submit(decode, path, at_least=encoder.image_size) for path in some]
                    for some in batches(photos)[at + 2 : at + 3]
                ]

    return {
        "pictures": lambda: encoder.encode_images(images),
        "files": from_files,
        "texts": lambda: encoder.encode_texts(TEXTS),
    }


def plain(peer: Any, photos: list[Path], images: list[Image.Image]) -> dict[str, Job]:
    def from_files() -> None:
        for some in batches(photos):
            peer.images([Image.open(path).convert("RGB") for path in some])

    return {
        "pictures": lambda: peer.images(images),
        "files": from_files,
        "texts": lambda: peer.texts(TEXTS),
    }


def made_models(model: str) -> dict[str, Path]:
    """Random models of one architecture in the three forms, made where they are not there yet."""
    folders = {kind: BUILD / model / kind for kind in ("openclip", "transformers", "onnx")}
    if not folders["openclip"].exists():
        make_openclip(model, folders["openclip"])
    if not folders["transformers"].exists():
        make_transformers(PATCHES[model], folders["transformers"])
    if not folders["onnx"].exists():
        from firs.encoders.export import export

        export(open_encoder(f"transformers:{folders['transformers']}"), folders["onnx"])
    return folders


def make_openclip(model: str, folder: Path) -> None:
    import open_clip
    import torch

    folder.mkdir(parents=True)
    made = open_clip.create_model(model, load_weights=False)
    torch.save(made.state_dict(), folder / "open_clip_pytorch_model.bin")
    content = {
        "model_cfg": open_clip.get_model_config(model),
        "preprocess_cfg": open_clip.get_model_preprocess_cfg(made),
    }
    (folder / "open_clip_config.json").write_text(json.dumps(content))


def make_transformers(patch: int, folder: Path) -> None:
    import transformers
    from open_clip.tokenizer import SimpleTokenizer

    simple = SimpleTokenizer()
    start, end = "<|startoftext|>", "<|endoftext|>"
    vocab = {key: at for key, at in simple.encoder.items() if at < simple.sot_token_id}
    merges = sorted(simple.bpe_ranks, key=simple.bpe_ranks.__getitem__)
    tokenizer = transformers.CLIPTokenizer(
        vocab={**vocab, start: simple.sot_token_id, end: simple.eot_token_id},
        merges=merges,
        model_max_length=77,
    )
    config = transformers.CLIPConfig(
        vision_config={"patch_size": patch}, text_config={"vocab_size": len(tokenizer)}
    )
    processor = transformers.CLIPProcessor(transformers.CLIPImageProcessor(), tokenizer)
    transformers.CLIPModel(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    rules = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
    (folder / "preprocessor_config.json").write_text(json.dumps(rules))


def enlarged(photos: list[Path]) -> list[Path]:
    folder = BUILD / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{photo.stem}.jpg" for photo in photos]
    for photo, path in zip(photos, made, strict=True):
        if not path.exists():
            Image.open(photo).resize((1600, 1200)).save(path, quality=88)
    return made


def default_photos() -> Path:
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("FIRS_SHARED_DATA", default)) / "flickr8k" / "images"


def timed(job: Job) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def measure(runs: dict[str, dict[str, Job]], rounds: int) -> dict[tuple[str, str], float]:
    """Seconds of the middle round, by run and job; a first round warms up and does not count."""
    took: dict[tuple[str, str], list[float]] = {}
    for at in range(rounds + 1):
        for job in ("pictures", "files", "texts"):
            for name, jobs in runs.items():
                seconds = timed(jobs[job])
                took.setdefault((name, job), []).extend([seconds] * bool(at))
    return {key: statistics.median(each) for key, each in took.items()}


def table(runs: Sequence[str], took: dict[tuple[str, str], float], count: int) -> None:
    counts = {"pictures": count, "files": count, "texts": len(TEXTS)}
    print(f"\n| {'':22} | pictures/s | files/s | texts/s |")
    print(f"|{'-' * 24}|{'-' * 11}:|{'-' * 8}:|{'-' * 8}:|")
    for name in runs:
        rates = [counts[job] / took[name, job] for job in counts]
        print(f"| {name:22} | {rates[0]:10.1f} | {rates[1]:7.1f} | {rates[2]:7.1f} |")
    peers = [name for name in runs if name.startswith("plain")]
    for job in counts:
        best = min(took[name, job] for name in peers)
        print(f"onnx against the fastest plain one, {job}: {best / took['onnx', job]:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", choices=sorted(PATCHES), default="ViT-B-32")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=Path, default=default_photos())
    options = parser.parse_args()
    stand_in()
    folders = made_models(options.model)
    photos = enlarged(sorted(options.photos.glob("*.jpg"))[: options.count])
    images = [decode(path) for path in photos]
    runs = {
        backend: ours(open_encoder(f"{backend}:{folder}"), photos, images)
        for backend, folder in sorted(folders.items())
    }
    runs["plain transformers"] = plain(PlainTransformers(folders["transformers"]), photos, images)
    runs["plain open_clip"] = plain(PlainOpenClip(folders["openclip"]), photos, images)
    print(f"{options.model}, {len(photos)} photos of 1600 by 1200, {len(TEXTS)} texts")
    table(list(runs), measure(runs, options.rounds), len(photos))


if __name__ == "__main__":
    main()
