"""A fictional department with people, posts and three years of self-assessments and reviews."""
