"""Frameworks, self-assessments, ratings, and the gaps of a person and a team."""
