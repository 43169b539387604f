"""The plots of the small experiment, drawn once."""

from pathlib import Path

import pytest

from firs.evaluation.plots import draw_plots
from tests.evaluation.outcomes import small_outcome


@pytest.fixture(scope="session")
def plots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_plots(small_outcome().results, tmp_path_factory.mktemp("plots"))
