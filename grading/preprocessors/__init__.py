"""Preprocesadores de nbgrader del curso; ``nbgrader_config.py`` los pone en su sitio."""

from grading.preprocessors.engine import EngineExecute, RebuildFromSource
from grading.preprocessors.feedback import HideTests, NameGoals
from grading.preprocessors.release import StripSourceMetadata

__all__ = ["EngineExecute", "HideTests", "NameGoals", "RebuildFromSource", "StripSourceMetadata"]
