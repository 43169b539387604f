"""The program that draws the sample scenes, with their captions and masks."""

from tools.scenes.scene import draw_scene

__all__ = ["draw_scene"]
