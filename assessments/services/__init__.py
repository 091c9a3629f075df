"""Writes to frameworks and self-assessments, one module for each subject."""
