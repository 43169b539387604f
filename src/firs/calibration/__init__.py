"""Calibration: scores → probabilities, and whether anything here matches at all."""

from firs.calibration.calibration import Calibration
from firs.calibration.fitting import fitted
from firs.calibration.shipped import shipped

__all__ = ["Calibration", "fitted", "shipped"]
