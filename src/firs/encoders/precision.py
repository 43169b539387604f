"""How exactly a model in the ONNX layout computes, which a person may write after its name."""

FULL = "fp32"
PRECISIONS = (FULL, "fp16", "int8")
PRECISION_MARK = "@"


def split_precision(source: str) -> tuple[str, str]:
    """Take the precision off the end of a name or source.

    >>> split_precision("siglip2-base@int8"), split_precision("siglip2-base")
    (('siglip2-base', 'int8'), ('siglip2-base', 'fp32'))
    """
    place, mark, precision = source.rpartition(PRECISION_MARK)
    return (place, precision) if mark and precision in PRECISIONS else (source, FULL)
