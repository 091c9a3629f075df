"""Resources to learn from, what people log, and the goals they set themselves."""

from .goals import LevelGoal, MinutesGoal
from .log import LogEntry
from .resources import Resource, ResourceOutcome

__all__ = ["LevelGoal", "LogEntry", "MinutesGoal", "Resource", "ResourceOutcome"]
