"""The catalogue is complete, and recommends an encoder that suits the machine."""

import pytest

from firs.encoders.backends import BACKENDS, Machine, canonical, catalogue, recommend

GPU, SMALL, PLAIN, LARGE = (
    Machine(cores=8, gigabytes=32, gpu=True),
    Machine(cores=2, gigabytes=3, gpu=False),
    Machine(cores=2, gigabytes=24, gpu=False),
    Machine(cores=12, gigabytes=32, gpu=False),
)


def test_every_entry_can_be_typed_and_is_complete() -> None:
    assert len(catalogue()) > 15
    for name, entry in catalogue().items():
        assert canonical(name) == name
        assert entry.backend in BACKENDS
        assert min(entry.dim, entry.image_size, entry.megabytes) > 0
        assert entry.licence
        assert entry.languages
        assert bool(entry.figures) == bool(entry.coco or entry.flickr30k)
        assert 0 < (entry.coco or 50) < (entry.flickr30k or 90) < 100


def test_the_names_that_people_remember_are_there() -> None:
    assert {
        "clip-vit-b32",
        "clip-vit-l14-336",
        "siglip-base",
        "siglip-so400m",
        "siglip2-base",
        "siglip2-so400m",
        "openclip-h14",
        "eva02-l14",
        "clipa-l14",
        "mobileclip2-s0",
    } <= set(catalogue())


@pytest.mark.parametrize("machine", [GPU, SMALL, PLAIN, LARGE])
def test_recommended_encoder_fits_the_machine(machine: Machine) -> None:
    entry = catalogue()[recommend(machine)]
    assert entry.backend == "onnx" or machine.gpu
    assert entry.megabytes < machine.gigabytes * 1000 / 2


def test_stronger_machine_gets_a_stronger_encoder() -> None:
    sizes = [catalogue()[recommend(each)].megabytes for each in (SMALL, PLAIN, LARGE, GPU)]
    assert sizes == sorted(sizes)


def test_this_machine_can_be_described() -> None:
    here = Machine.here()
    assert here.cores >= 1
    assert here.gigabytes > 0
