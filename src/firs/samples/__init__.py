"""The sample collection: illustrated scenes drawn by code, with true captions and masks."""

from firs.samples.scene import Scene, SceneObject, draw_scene
from firs.samples.write import write_samples

__all__ = ["Scene", "SceneObject", "draw_scene", "write_samples"]
