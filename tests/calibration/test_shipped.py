import pytest

from firs.calibration import default_calibration
from firs.encoders.backends import catalogue


def test_what_is_known_is_of_encoders_that_there_are() -> None:
    known = [name for name in ["mini", *catalogue()] if default_calibration(name)]
    assert len(known) == 8
    assert {"mini", "clip-vit-b32"} < set(known)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_a_precision_is_the_same_encoder(precision: str) -> None:
    assert default_calibration(f"clip-vit-b32@{precision}") == default_calibration("clip-vit-b32")


def test_of_an_encoder_that_was_not_measured_nothing_is_said() -> None:
    assert default_calibration("siglip2-base") is None
    assert default_calibration("mine") is None
