"""Frameworks from files: one reader a format, then one way through for all of them.

A reader turns files into a `ParsedFramework` and a list of problems (`parsed.py`, `problems.py`).
`check.py` validates the whole, `difference.py` compares it with the release in force, `store.py`
writes a draft. Readers know files, `store.py` knows tables, and neither knows the other.
"""
