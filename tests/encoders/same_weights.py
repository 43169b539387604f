"""The weights of a tiny checkpoint of transformers, laid into OpenCLIP's models of its shape."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import timm
import torch
import transformers
from timm.models.vision_transformer import VisionTransformer

from firs.encoders.export import to_fast_tokenizer
from tests.encoders.tiny import PATCH, PROJECTED, SIZE, WIDTH

Weights = dict[str, torch.Tensor]


@timm.models.register_model  # type: ignore[untyped-decorator]
def vit_firs_test_siglip(pretrained: bool = False, **options: Any) -> Any:
    """SigLIP's image tower, tiny."""
    options.pop("pretrained_cfg", None)
    options.pop("pretrained_cfg_overlay", None)
    options.pop("cache_dir", None)
    return VisionTransformer(
        img_size=SIZE,
        patch_size=PATCH,
        embed_dim=WIDTH,
        depth=2,
        num_heads=2,
        mlp_ratio=2,
        class_token=False,
        global_pool="map",
        num_classes=0,
        act_layer="gelu_tanh",
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
    )


def clip_in_openclip(checkpoint: Path, folder: Path) -> Path:
    """Write a CLIP checkpoint in OpenCLIP's form; its tokenizer stays transformers' own."""
    found = transformers.CLIPModel.from_pretrained(checkpoint).state_dict()
    weights = {
        "logit_scale": found["logit_scale"],
        "text_projection": found["text_projection.weight"].T,
        "token_embedding.weight": found["text_model.embeddings.token_embedding.weight"],
        "positional_embedding": found["text_model.embeddings.position_embedding.weight"],
        "visual.class_embedding": found["vision_model.embeddings.class_embedding"],
        "visual.conv1.weight": found["vision_model.embeddings.patch_embedding.weight"],
        "visual.positional_embedding": found["vision_model.embeddings.position_embedding.weight"],
        "visual.proj": found["visual_projection.weight"].T,
        **_norm(found, "text_model.final_layer_norm", "ln_final"),
        **_norm(found, "vision_model.pre_layrnorm", "visual.ln_pre"),
        **_norm(found, "vision_model.post_layernorm", "visual.ln_post"),
        **_blocks(found, "text_model", "transformer"),
        **_blocks(found, "vision_model", "visual.transformer"),
    }
    words = len(weights["token_embedding.weight"])
    transformers.AutoTokenizer.from_pretrained(checkpoint).save_pretrained(folder)
    shape = {"width": WIDTH, "layers": 2}
    config = {
        "embed_dim": PROJECTED,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": SIZE,
            "patch_size": PATCH,
            "head_width": WIDTH // 2,
            "mlp_ratio": 2,
            **shape,
        },
        "text_cfg": {
            "context_length": 20,
            "vocab_size": words,
            "heads": 2,
            "mlp_ratio": 2,
            "hf_tokenizer_name": str(checkpoint),
            "tokenizer_kwargs": {"clean": "lower"},
            **shape,
        },
    }
    return _written(folder, config, {"size": SIZE}, weights)


def siglip_in_openclip(checkpoint: Path, folder: Path) -> Path:
    """Write a SigLIP checkpoint in OpenCLIP's form, its tokenizer as a ``tokenizer.json``."""
    found = transformers.SiglipModel.from_pretrained(checkpoint).state_dict()
    weights = {
        "logit_scale": found["logit_scale"][0],
        "logit_bias": found["logit_bias"][0],
        "text.token_embedding.weight": found["text_model.embeddings.token_embedding.weight"],
        "text.positional_embedding": found["text_model.embeddings.position_embedding.weight"],
        **_norm(found, "text_model.final_layer_norm", "text.ln_final"),
        **_norm(found, "text_model.head", "text.text_projection"),
        **_blocks(found, "text_model", "text.transformer"),
        **_trunk(found),
    }
    config = {
        "embed_dim": WIDTH,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {
            "image_size": SIZE,
            "timm_model_name": "vit_firs_test_siglip",
            "timm_pool": "map",
            "timm_proj": "none",
        },
        "text_cfg": {
            "context_length": 16,
            "vocab_size": len(weights["text.token_embedding.weight"]),
            "hf_tokenizer_name": str(_fast_tokenizer(checkpoint, folder)),
            "tokenizer_kwargs": {"clean": "canonicalize"},
            "width": WIDTH,
            "heads": 2,
            "layers": 2,
            "mlp_ratio": 2,
            "no_causal_mask": True,
            "proj_bias": True,
            "pool_type": "last",
            "norm_kwargs": {"eps": 1e-6},
            "act_kwargs": {"approximate": "tanh"},
        },
    }
    half = [0.5] * 3
    rules = {"size": SIZE, "resize_mode": "squash", "mean": half, "std": half}
    return _written(folder, config, rules, weights)


def _trunk(found: Weights) -> Weights:
    side, trunk, head = "vision_model", "visual.trunk", "vision_model.head"
    positions = found[f"{side}.embeddings.position_embedding.weight"]
    inward = found[f"{head}.attention.in_proj_weight"].split((WIDTH, 2 * WIDTH))
    shift = found[f"{head}.attention.in_proj_bias"].split((WIDTH, 2 * WIDTH))
    weights = {
        f"{trunk}.pos_embed": positions[None],
        f"{trunk}.attn_pool.latent": found[f"{head}.probe"],
        **_norm(found, f"{side}.embeddings.patch_embedding", f"{trunk}.patch_embed.proj"),
        **_norm(found, f"{side}.post_layernorm", f"{trunk}.norm"),
        **_norm(found, f"{head}.attention.out_proj", f"{trunk}.attn_pool.proj"),
        **_norm(found, f"{head}.layernorm", f"{trunk}.attn_pool.norm"),
        **_norm(found, f"{head}.mlp.fc1", f"{trunk}.attn_pool.mlp.fc1"),
        **_norm(found, f"{head}.mlp.fc2", f"{trunk}.attn_pool.mlp.fc2"),
    }
    for name, weight, bias in zip(("q", "kv"), inward, shift, strict=True):
        weights[f"{trunk}.attn_pool.{name}.weight"] = weight
        weights[f"{trunk}.attn_pool.{name}.bias"] = bias
    names = {"attn": "attn.qkv.", "out": "attn.proj", "norm": "norm", "up": "mlp.fc1"}
    return weights | _layers(found, side, f"{trunk}.blocks", names | {"down": "mlp.fc2"})


def _blocks(found: Weights, side: str, inner: str) -> Weights:
    names = {"attn": "attn.in_proj_", "out": "attn.out_proj", "norm": "ln_"}
    return _layers(
        found, side, f"{inner}.resblocks", names | {"up": "mlp.c_fc", "down": "mlp.c_proj"}
    )


def _layers(found: Weights, side: str, inner: str, names: dict[str, str]) -> Weights:
    weights: Weights = {}
    for at in range(2):
        old, new = f"{side}.encoder.layers.{at}", f"{inner}.{at}"
        for part in ("weight", "bias"):
            three = [found[f"{old}.self_attn.{each}_proj.{part}"] for each in "qkv"]
            weights[f"{new}.{names['attn']}{part}"] = torch.cat(three)
        weights |= _norm(found, f"{old}.self_attn.out_proj", f"{new}.{names['out']}")
        weights |= _norm(found, f"{old}.layer_norm1", f"{new}.{names['norm']}1")
        weights |= _norm(found, f"{old}.layer_norm2", f"{new}.{names['norm']}2")
        weights |= _norm(found, f"{old}.mlp.fc1", f"{new}.{names['up']}")
        weights |= _norm(found, f"{old}.mlp.fc2", f"{new}.{names['down']}")
    return weights


def _norm(found: Weights, old: str, new: str) -> Weights:
    both = ("weight", "bias")
    return {f"{new}.{part}": found[f"{old}.{part}"] for part in both if f"{old}.{part}" in found}


def _fast_tokenizer(checkpoint: Path, folder: Path) -> Path:
    slow = transformers.AutoTokenizer.from_pretrained(checkpoint)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=to_fast_tokenizer(slow, lower=False),
        pad_token=slow.pad_token,
        eos_token=slow.eos_token,
        unk_token=slow.unk_token,
    )
    fast.save_pretrained(folder)
    return folder


def _written(folder: Path, config: Any, rules: Any, weights: Weights) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {name: tensor.contiguous() for name, tensor in weights.items()}
    torch.save(contiguous, folder / "open_clip_pytorch_model.bin")
    content = {"model_cfg": config, "preprocess_cfg": rules}
    (folder / "open_clip_config.json").write_text(json.dumps(content))
    return folder
