"""Calibration: scores → probabilities, and whether anything here matches at all."""

from firs.calibration.calibration import Calibration
from firs.calibration.fitting import fit_calibration
from firs.calibration.shipped import default_calibration

__all__ = ["Calibration", "default_calibration", "fit_calibration"]
