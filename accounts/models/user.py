"""The person who signs in."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.permissions import Permission, grants_with


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def visible_to(self, user):
        """People whose name, unit and grade `user` may see, themselves included.

        A line manager sees the people in current posts that name them; whoever manages the
        organisation sees the people with a current post in their scope.
        """
        from .organisation import Post

        grants = grants_with(user, Permission.MANAGE_ORGANISATION)
        if any(grant.unit is None for grant in grants):
            return self
        seen = Q(pk=user.pk) | Q(pk__in=Post.objects.current().managed_by(user).values("person"))
        return self.filter(seen | _in_scope_of(grants))

    def where(self, user, permission):
        """People with a current post where `user` may do this; all people, if everywhere."""
        grants = grants_with(user, permission)
        if any(grant.unit is None for grant in grants):
            return self
        return self.filter(_in_scope_of(grants))

    def search(self, *, words="", unit=None, closed=False):
        """People whose name or e-mail address has every word, with a current post in the unit.

        Closed accounts are left out unless `closed`.
        """
        from .organisation import Post

        found = self if closed else self.active()
        for word in words.split():
            found = found.filter(Q(full_name__icontains=word) | Q(email__icontains=word))
        if unit is not None:
            found = found.filter(pk__in=Post.objects.current().within(unit).values("person"))
        return found

    def with_current_post(self):
        """Each person with what `current_post` holds, read in one query for all."""
        from .organisation import Post

        posts = Post.objects.current().select_related("unit", "line_manager")
        return self.prefetch_related(Prefetch("posts", posts, to_attr="posts_held"))


def _in_scope_of(grants):
    from .organisation import Post

    scope = Q(pk__in=[])
    for grant in grants:
        scope |= Q(pk__in=Post.objects.current().within(grant.unit).values("person"))
    return scope


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, full_name, password=None, **fields):
        """A new, saved user who can sign in; without a password only after setting one."""
        user = self.model(email=email.strip().lower(), full_name=full_name, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(AbstractBaseUser):
    """One row is one person with an account, now or in the past."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(
        "email address",
        max_length=254,
        unique=True,
        error_messages={"unique": "There is already an account with this email address."},
    )
    full_name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Since when nothing says who this was; the row stays for what counts it.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_is_in_lower_case"
            )
        ]

    def __str__(self):
        return self.full_name

    def get_absolute_url(self):
        return reverse("accounts:person", args=[self.public_id])

    def get_full_name(self):
        return self.full_name

    def get_short_name(self):
        return self.full_name

    @cached_property
    def current_grants(self):
        """Grants in force, read once for each loaded user: a request sees one state of them."""
        return list(self.grants.current().select_related("unit"))

    @cached_property
    def looks_after_people(self):
        """Whether anybody's current post names this user, or somebody they cover for now."""
        from .organisation import Post

        return Post.objects.current().managed_by(self, with_cover=True).exists()

    @cached_property
    def current_post(self):
        """The post held now, with its unit and line manager; None between posts."""
        if hasattr(self, "posts_held"):
            return self.posts_held[0] if self.posts_held else None
        return self.posts.current().select_related("unit", "line_manager").first()
