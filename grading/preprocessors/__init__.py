"""Preprocesadores de nbgrader del curso; ``nbgrader_config.py`` los pone en su sitio."""

from grading.preprocessors.execute import GradedExecute, IgnoreStderr
from grading.preprocessors.feedback import HideTests
from grading.preprocessors.release import StripSourceMetadata
from grading.preprocessors.restore import AddMissingCells

__all__ = ["AddMissingCells", "GradedExecute", "HideTests", "IgnoreStderr", "StripSourceMetadata"]
