"""People, organisation, cover, grants, notices and the audit log."""

from .audit import AuditEntry, AuditHead
from .change_request import ChangeRequest
from .cover import Cover
from .grant import Grant
from .notice import Notice, NoticeChoice
from .organisation import Grade, Post, Unit
from .organisation_import import OrganisationImport
from .user import User

__all__ = [
    "AuditEntry",
    "AuditHead",
    "ChangeRequest",
    "Cover",
    "Grade",
    "Grant",
    "Notice",
    "NoticeChoice",
    "OrganisationImport",
    "Post",
    "Unit",
    "User",
]
