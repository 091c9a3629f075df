"""Writes to the log, goals and resources."""
