"""A checkpoint's tokenizer → ``tokenizer.json``, which gives the same tokens without PyTorch."""

import json
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from firs.encoders.openclip import OpenClipEncoder
from firs.encoders.transformers import UNMASKED, TransformersEncoder
from firs.errors import EncoderError

PUNCTUATION = Regex(r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]""")
WORD = Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
"""How CLIP's tokenizer finds words (Radford et al., 2021)."""


def save_tokenizer(encoder: TransformersEncoder | OpenClipEncoder, folder: Path) -> str:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``.

    Returns:
        The cleaning that texts need before the tokenizer.

    Raises:
        EncoderError: the tokenizer is of a kind that cannot be written so.
    """
    if isinstance(encoder, TransformersEncoder):
        lower = encoder.kind in UNMASKED
        _save(of_transformers(encoder.tokenizer, lower), encoder.tokenizer, folder)
        return "none"
    tokenizer = encoder.tokenizer
    if hasattr(tokenizer, "bpe_ranks"):
        _write(_of_openai(tokenizer), tokenizer.decoder[0], "right", folder)
        return _cleaning(tokenizer)
    if tokenizer.strip_sep_token or tokenizer.tokenizer_mode:
        raise EncoderError(
            f"{encoder.name} alters its tokens in a way that the ONNX layout cannot say; "
            "use it as it is."
        )
    _save(of_transformers(tokenizer.tokenizer, lower=False), tokenizer.tokenizer, folder)
    return _cleaning(tokenizer)


def _cleaning(tokenizer: Any) -> str:
    return str(tokenizer.clean_fn.__name__).removeprefix("_clean_")


def of_transformers(tokenizer: Any, lower: bool) -> Tokenizer:
    """Copy a tokenizer of transformers, of either kind; ``lower`` puts lower case before it."""
    if hasattr(tokenizer, "sp_model"):
        return _of_sentencepiece(tokenizer)
    copied = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copied.no_padding()
    copied.no_truncation()
    if lower:
        own = [copied.normalizer] if copied.normalizer is not None else []
        copied.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return copied


def _of_sentencepiece(tokenizer: Any) -> Tokenizer:
    """SigLIP's tokenizer: canonical text, then a unigram model, then the end mark."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(Path(tokenizer.vocab_file).read_bytes())
    pieces = [(piece.piece, piece.score) for piece in model.pieces]
    made = Tokenizer(models.Unigram(pieces, model.trainer_spec.unk_id))
    charsmap = model.normalizer_spec.precompiled_charsmap
    made.normalizer = normalizers.Sequence(
        [
            *([normalizers.Lowercase()] if tokenizer.do_lower_case else []),
            normalizers.Replace(PUNCTUATION, ""),
            *([normalizers.Precompiled(charsmap)] if charsmap else []),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    end = tokenizer.eos_token
    made.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    return made


def _of_openai(tokenizer: Any) -> Tokenizer:
    """Return CLIP's byte-pair encoding from OpenCLIP."""
    start, end = (tokenizer.decoder[each] for each in tokenizer.all_special_ids[:2])
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    model = models.BPE(
        vocab=tokenizer.encoder, merges=merges, end_of_word_suffix="</w>", unk_token=end
    )
    made = Tokenizer(model)
    made.add_special_tokens([AddedToken(each, normalized=False) for each in (start, end)])
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(WORD, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.post_processor = processors.RobertaProcessing(
        (end, tokenizer.eot_token_id),
        (start, tokenizer.sot_token_id),
        trim_offsets=False,
        add_prefix_space=False,
    )
    return made


def _save(made: Tokenizer, original: Any, folder: Path) -> None:
    _write(made, original.pad_token, original.padding_side, folder)


def _write(made: Tokenizer, pad: str, side: str, folder: Path) -> None:
    made.save(str(folder / "tokenizer.json"))
    settings = {"pad_token": pad, "padding_side": side}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), "utf-8")
