"""A person's log for a period, as files to take away: one module a format."""
