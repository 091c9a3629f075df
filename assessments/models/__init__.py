"""Frameworks, role levels people are measured against, self-assessments and ratings."""

from .framework import (
    Framework,
    GradeRoleLevel,
    Release,
    ReleaseChange,
    Requirement,
    Role,
    RoleFamily,
    RoleLevel,
    RoleLevelVersion,
    RoleVersion,
    ScaleLevel,
    Skill,
    SkillArea,
    SkillLevel,
    SkillVersion,
    Statement,
)
from .self_assessment import DraftAnswer, PostRoleLevel, Rating, SelfAssessment

__all__ = [
    "DraftAnswer",
    "Framework",
    "GradeRoleLevel",
    "PostRoleLevel",
    "Rating",
    "Release",
    "ReleaseChange",
    "Requirement",
    "Role",
    "RoleFamily",
    "RoleLevel",
    "RoleLevelVersion",
    "RoleVersion",
    "ScaleLevel",
    "SelfAssessment",
    "Skill",
    "SkillArea",
    "SkillLevel",
    "SkillVersion",
    "Statement",
]
