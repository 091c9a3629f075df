"""Members of the archives that CSV packages and spreadsheets are."""

import zipfile


def member(name):
    """A compressed member without the time of day, so that the same content gives the same file."""
    made = zipfile.ZipInfo(name)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made
