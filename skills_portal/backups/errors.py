"""What can be wrong with a backup."""


class BackupError(Exception):
    """A backup could not be made or brought back; the message says what to do."""


def expect(tables, found):
    """Raise BackupError unless both {table: [rows, checksum]} are the same."""
    differing = sorted(name for name in tables | found if tables.get(name) != found.get(name))
    if differing:
        raise BackupError(f"The backup is damaged: {', '.join(differing)} is not as it was.")
