"""People, organisation, grants and notices."""

from .grant import Grant
from .notice import Notice
from .organisation import Grade, Post, Unit
from .user import User

__all__ = ["Grade", "Grant", "Notice", "Post", "Unit", "User"]
