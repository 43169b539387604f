"""Calibration: scores → probabilities, and whether anything here matches at all."""

from firs.calibration.calibration import Calibration
from firs.calibration.defaults import default_calibration
from firs.calibration.fitting import fit_calibration

__all__ = ["Calibration", "default_calibration", "fit_calibration"]
