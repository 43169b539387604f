"""Tiny CLIP, SigLIP and SigLIP 2 models with random weights and real tokenizers trained here."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CAPTIONS = (
    "A black dog is running through the snow .",
    "Two children play with a ball in front of a house .",
    "A man in a red shirt climbs a rock face",
    "The girl's brother rides a bicycle, and she laughs !",
    "Three people sit on a wooden bench by the lake",
    "A brown and white dog jumps over a fence_post",
)
SIZE, PATCH = 48, 16
WIDTH, PROJECTED = 32, 24


def tower(heads: int = 2) -> dict[str, int]:
    return {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
    }


def shaken(model: torch.nn.Module) -> torch.nn.Module:
    """Random weights so large that different inputs give clearly different vectors."""
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.normal_(std=2.5 / weights[0].numel() ** 0.5)
            elif weights.ndim == 1:
                weights.add_(torch.randn_like(weights) * 0.05)
    return model.eval()


def clip(folder: Path, seed: int = 0) -> Path:
    """A CLIP checkpoint of transformers."""
    torch.manual_seed(seed)
    tokenizer = _clip_tokenizer()
    text = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 20,
        **tower(),
        **_marks(tokenizer),
    }
    vision = {"image_size": SIZE, "patch_size": PATCH, **tower()}
    config = transformers.CLIPConfig(
        text_config=text, vision_config=vision, projection_dim=PROJECTED
    )
    processor = transformers.CLIPImageProcessor(
        size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE}
    )
    return _saved(folder, shaken(transformers.CLIPModel(config)), tokenizer, processor)


def clipseg(folder: Path, seed: int = 0) -> Path:
    """A CLIPSeg checkpoint of transformers."""
    torch.manual_seed(seed)
    tokenizer = _clip_tokenizer()
    config = transformers.CLIPSegConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 20,
            **tower(),
            **_marks(tokenizer),
        },
        vision_config={"image_size": SIZE, "patch_size": PATCH, **tower()},
        projection_dim=PROJECTED,
        reduce_dim=8,
        extract_layers=[0, 1],
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    processor = transformers.ViTImageProcessor(size={"height": SIZE, "width": SIZE})
    model = shaken(transformers.CLIPSegForImageSegmentation(config))
    return _saved(folder, model, tokenizer, processor)


def siglip(folder: Path, seed: int = 0) -> Path:
    """A SigLIP checkpoint of transformers, with its sentencepiece tokenizer."""
    tokenizer = _siglip_tokenizer(folder)
    processor = transformers.SiglipImageProcessor(size={"height": SIZE, "width": SIZE})
    model = _siglip_model(len(tokenizer), seed)
    return _saved(folder, model, tokenizer, processor)


def siglip2(folder: Path, seed: int = 0) -> Path:
    """A SigLIP 2 checkpoint of fixed size: SigLIP's model with Gemma's kind of tokenizer."""
    tokenizer = _gemma_tokenizer()
    processor = transformers.SiglipImageProcessor(size={"height": SIZE, "width": SIZE}, resample=2)
    return _saved(folder, _siglip_model(len(tokenizer), seed), tokenizer, processor)


def naflex(folder: Path, seed: int = 0) -> Path:
    """A SigLIP 2 checkpoint that reads pictures in their own proportions."""
    torch.manual_seed(seed)
    tokenizer = _gemma_tokenizer()
    config = transformers.Siglip2Config(
        text_config=_siglip_text(len(tokenizer)),
        vision_config={"num_patches": 16, "patch_size": PATCH, **tower()},
    )
    processor = transformers.Siglip2ImageProcessor(patch_size=PATCH, max_num_patches=16)
    return _saved(folder, shaken(transformers.Siglip2Model(config)), tokenizer, processor)


def openclip(folder: Path, seed: int = 0) -> Path:
    """A CLIP of OpenCLIP, with the tokenizer that it ships."""
    text = {"context_length": 20, "vocab_size": 49408, "width": WIDTH, "heads": 2, "layers": 2}
    vision = {"image_size": SIZE, "layers": 2, "width": 64, "patch_size": PATCH}
    return openclip_model(
        folder, {"embed_dim": PROJECTED, "vision_cfg": vision, "text_cfg": text}, seed=seed
    )


def openclip_model(
    folder: Path, config: dict[str, Any], rules: dict[str, Any] | None = None, seed: int = 0
) -> Path:
    from open_clip.model import CLIP, CustomTextCLIP

    torch.manual_seed(seed)
    kind = CustomTextCLIP if config.get("custom_text") else CLIP
    settings = {key: value for key, value in config.items() if key != "custom_text"}
    model = shaken(kind(**settings))
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    content = {"model_cfg": config, "preprocess_cfg": rules or {"size": SIZE}}
    (folder / "open_clip_config.json").write_text(json.dumps(content))
    return folder


def _saved(folder: Path, model: Any, tokenizer: Any, processor: Any) -> Path:
    for each in (model, tokenizer, processor):
        each.save_pretrained(folder)
    return folder


def _siglip_text(words: int) -> dict[str, int]:
    return {
        "vocab_size": words,
        "max_position_embeddings": 16,
        "projection_size": WIDTH,
        **tower(),
    }


def _siglip_model(words: int, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    vision = {"image_size": SIZE, "patch_size": PATCH, **tower()}
    config = transformers.SiglipConfig(text_config=_siglip_text(words), vision_config=vision)
    return shaken(transformers.SiglipModel(config))


@cache  # training is not the same twice where two pairs are equally frequent
def _clip_tokenizer() -> Any:
    start, end = "<|startoftext|>", "<|endoftext|>"
    made = transformers.CLIPTokenizer().backend_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    plain = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    plain.normalizer, plain.pre_tokenizer = made.normalizer, made.pre_tokenizer
    plain.train_from_iterator(_lines(), trainer)
    learnt = json.loads(plain.to_str())["model"]
    vocab = dict(learnt["vocab"])
    for mark in [*pre_tokenizers.ByteLevel.alphabet()]:
        vocab.setdefault(mark + "</w>", len(vocab))
    for mark in (start, end):
        vocab[mark] = len(vocab)
    merges = [tuple(each) for each in learnt["merges"]]
    return transformers.CLIPTokenizer(vocab=vocab, merges=merges)


def _marks(tokenizer: Any) -> dict[str, int]:
    return {
        name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")
    }


@cache
def _gemma_tokenizer() -> Any:
    marks = ["<pad>", "<eos>", "<bos>", "<unk>"]
    plain = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    plain.normalizer = normalizers.Replace(" ", "▁")
    plain.decoder = decoders.Replace("▁", " ")
    hexes = [f"<0x{at:02X}>" for at in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=[*marks, *hexes], show_progress=False
    )
    plain.train_from_iterator((line.lower() for line in _lines()), trainer)
    learnt = json.loads(plain.to_str())["model"]
    merges = [tuple(each) for each in learnt["merges"]]
    return transformers.Siglip2Tokenizer(
        vocab=learnt["vocab"],
        merges=merges,
        padding_side="right",
        add_bos_token=False,
        add_eos_token=True,
    )


def _siglip_tokenizer(folder: Path) -> Any:
    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_lines(),
        model_prefix=str(folder / "spiece"),
        vocab_size=120,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return transformers.SiglipTokenizer(str(folder / "spiece.model"))


def _lines() -> Iterator[str]:
    return iter(CAPTIONS * 4)
