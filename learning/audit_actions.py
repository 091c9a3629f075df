"""What this room notes in the audit log: see `accounts.audit_actions`."""

from accounts.audit_actions import Action, register

ENTRY_READ = register(Action("log-entry-read", "read an entry of the learning log"))
ENTRIES_READ = register(Action("log-entries-read", "read a list of shared learning"))
