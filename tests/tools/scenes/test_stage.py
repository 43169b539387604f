"""The stage and the places: each paints the whole picture, in each weather it may have."""

from random import Random

import numpy as np
import pytest

from tools.scenes.atmosphere import ATMOSPHERES, Atmosphere, draw_weather
from tools.scenes.canvas import Canvas
from tools.scenes.catalogue import PLACES
from tools.scenes.stage import Place, Stage

SIZE = (160, 120)


def painted(place: Place, air: Atmosphere, seed: int = 0) -> Canvas:
    canvas = Canvas(*SIZE)
    place.paint(Stage(canvas, air, Random(seed)))
    return canvas


def airs_of(place: Place) -> list[Atmosphere]:
    return [air for air in ATMOSPHERES if air.weather in place.weathers] or [ATMOSPHERES[0]]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_leaves_no_pixel_unpainted_and_no_thing_noted(place: Place) -> None:
    for air in airs_of(place):
        canvas = painted(place, air)
        assert np.asarray(canvas.picture()).sum(axis=2).min() > 30
        assert not canvas.things().any()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_differs_by_seed(place: Place) -> None:
    air = airs_of(place)[0]
    first, other = (painted(place, air, seed).picture().tobytes() for seed in (1, 2))
    assert first != other


def test_places_do_not_look_alike() -> None:
    pictures = [np.asarray(painted(one, airs_of(one)[0]).picture()).astype(int) for one in PLACES]
    for at, one in enumerate(pictures):
        for other in pictures[at + 1 :]:
            assert np.abs(one - other).mean() > 3


def test_a_place_outdoors_is_darker_at_night() -> None:
    meadow = next(place for place in PLACES if place.name == "meadow")
    by_time = {
        air.time: np.asarray(painted(meadow, air).picture()).mean()
        for air in ATMOSPHERES
        if air.weather in {"sunny", "clear"}
    }
    assert by_time["night"] < by_time["sunset"] < by_time["day"]


@pytest.mark.parametrize("weather", ["rain", "snow", "fog"])
def test_rain_snow_and_fog_are_seen(weather: str) -> None:
    air = next(one for one in ATMOSPHERES if one.weather == weather)
    canvas = painted(PLACES[0], air)
    before = np.asarray(canvas.picture()).astype(int)
    draw_weather(canvas, air, Random(0))
    change = np.abs(np.asarray(canvas.picture()).astype(int) - before)
    assert (change.sum(axis=2) > 3).mean() > 0.02


def test_nothing_falls_from_a_sunny_sky() -> None:
    air = next(one for one in ATMOSPHERES if one.weather == "sunny")
    canvas = painted(PLACES[0], air)
    before = canvas.picture().tobytes()
    draw_weather(canvas, air, Random(0))
    assert canvas.picture().tobytes() == before
