"""The organisation tree and the places people hold in it."""

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse

from accounts.permissions import Permission, grants_with


class Grade(models.TextChoices):
    """Civil service grades, lowest first; departments' own names are mapped to these."""

    AA = "AA", "Administrative assistant (AA)"
    AO = "AO", "Administrative officer (AO)"
    EO = "EO", "Executive officer (EO)"
    HEO = "HEO", "Higher executive officer (HEO)"
    SEO = "SEO", "Senior executive officer (SEO)"
    G7 = "G7", "Grade 7 (G7)"
    G6 = "G6", "Grade 6 (G6)"
    SCS = "SCS", "Senior Civil Service (SCS)"


class UnitQuerySet(models.QuerySet):
    def within(self, unit):
        """The unit and everything below it."""
        return self.filter(path__startswith=unit.path)

    def roots(self):
        return self.filter(parent=None)

    def where(self, user, permission):
        """Units in which the user may do this."""
        grants = grants_with(user, permission)
        if any(grant.unit is None for grant in grants):
            return self
        scope = Q(pk__in=[])
        for grant in grants:
            scope |= Q(path__startswith=grant.unit.path)
        return self.filter(scope)

    def visible_to(self, user):
        """Units the user belongs to, with all above them, and those in the scope of any grant."""
        if any(grant.unit is None for grant in grants_with(user, Permission.MANAGE_ORGANISATION)):
            return self
        seen = Q(pk__in=[])
        if user.current_post is not None:
            seen |= Q(path__in=user.current_post.unit.paths_from_root())
        for grant in user.current_grants:
            if grant.unit is not None:
                seen |= Q(path__startswith=grant.unit.path)
        return self.filter(seen)


class Unit(models.Model):
    """One row is one node of the organisation tree: a department, directorate, team ...

    `path` holds the slugs from the root, each followed by a slash, so that a subtree is one
    prefix match in either database. Use `accounts.services.create_unit` to make one.
    """

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    path = models.CharField(max_length=1000, unique=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__endswith="/"), name="unit_path_ends_with_a_slash"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("accounts:unit", args=[self.slug])

    @property
    def depth(self):
        """0 for a root, 1 for its children and so on."""
        return self.path.count("/") - 1

    def paths_from_root(self):
        """The paths of the root, of each unit in between and of this unit."""
        slugs = self.path.rstrip("/").split("/")
        return ["/".join(slugs[:length]) + "/" for length in range(1, len(slugs) + 1)]


class PostQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_on=None)

    def as_at(self, day):
        """Posts held on `day`."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day)

    def within(self, unit):
        return self.filter(unit__path__startswith=unit.path)

    def managed_by(self, user, *, with_cover=False):
        """Posts that name the user; `with_cover`, also those naming whom the user covers for now.

        Nobody is managed by themselves, not even whoever covers for their own line manager.
        """
        if not with_cover:
            return self.filter(line_manager=user)
        from .cover import Cover

        covered = Cover.objects.in_force().filter(cover=user).values("manager")
        return self.filter(Q(line_manager=user) | Q(line_manager__in=covered)).exclude(person=user)

    def in_line_below(self, user):
        """Current posts of everybody whose line of managers, however long, leads to the user.

        `UNION` keeps each post once, so that a circle, should there ever be one, ends.
        """
        table = connection.ops.quote_name(self.model._meta.db_table)
        sql = f"""
            WITH RECURSIVE line (id, person_id) AS (
                SELECT id, person_id FROM {table} WHERE line_manager_id = %s AND ended_on IS NULL
                UNION
                SELECT post.id, post.person_id FROM {table} post
                JOIN line ON post.line_manager_id = line.person_id
                WHERE post.ended_on IS NULL
            )
            SELECT id FROM line
        """  # noqa: S608 - the table's name is the model's
        return self.filter(pk__in=RawSQL(sql, [user.pk])).exclude(person=user)  # noqa: S611

    def visible_to(self, user):
        """Posts of the people the user may see: see `User.objects.visible_to`."""
        from .user import User

        return self.filter(person__in=User.objects.visible_to(user))


class Post(models.Model):
    """One row is one person's place in the organisation for a period.

    `started_on` is the first day in the post and `ended_on` the first day no longer in it, so
    that a move on a day ends one post and starts the next on that same day. A change of unit,
    grade or line manager ends a post and starts another; the history stays. One person holds
    one post at a time. `confirmed_at` is when they said that these facts are right.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    line_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_posts",
    )
    grade = models.CharField(max_length=4, choices=Grade)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["-started_on", "-pk"]
        indexes = [
            models.Index(fields=["unit", "started_on"], name="post_unit_started_on"),
            models.Index(fields=["person", "started_on"], name="post_person_started_on"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_on=None),
                name="post_one_current_per_person",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gt=F("started_on")),
                name="post_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(line_manager=None) | ~Q(line_manager=F("person")),
                name="post_nobody_manages_themselves",
            ),
        ]

    def __str__(self):
        return f"{self.person} in {self.unit} from {self.started_on}"
