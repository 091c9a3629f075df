"""What this room notes in the audit log: see `accounts.audit_actions`."""

from accounts.audit_actions import Action, register

RATINGS_READ = register(Action("ratings-read", "read a self-assessment"))
TEAM_READ = register(Action("team-read", "read the levels on a team’s page"))
TEAM_DOWNLOADED = register(Action("team-downloaded", "downloaded a team’s levels"))
REVIEW_READ = register(Action("review-read", "read the answers to a self-assessment"))
REVIEW_FINISHED = register(Action("review-finished", "answered a self-assessment"))
