"""Resources to learn from, assignments, what people log, and the goals they set themselves."""

from .assignments import AssignedPerson, Assignment
from .figures import AnswerCount, AssignmentFigures, CountedAnswer
from .goals import LevelGoal, MinutesGoal
from .log import LogEntry, LogImport
from .resources import Resource, ResourceOutcome

__all__ = [
    "AnswerCount",
    "AssignedPerson",
    "Assignment",
    "AssignmentFigures",
    "CountedAnswer",
    "LevelGoal",
    "LogEntry",
    "LogImport",
    "MinutesGoal",
    "Resource",
    "ResourceOutcome",
]
