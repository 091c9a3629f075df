"""Resources to learn from, what people log, and the goals they set themselves."""

from .goals import LevelGoal, MinutesGoal
from .log import LogEntry, LogImport
from .resources import Resource, ResourceOutcome

__all__ = ["LevelGoal", "LogEntry", "LogImport", "MinutesGoal", "Resource", "ResourceOutcome"]
