"""Releases in the database: written from a `ParsedFramework`, and read back as one.

Writing is by sets, a few statements for each kind of row, inside the caller's transaction.
"""

from collections import defaultdict

from assessments.models import (
    Framework,
    GradeRoleLevel,
    Release,
    ReleaseChange,
    ReleaseNote,
    Requirement,
    Role,
    RoleFamily,
    RoleLevel,
    RoleLevelVersion,
    RoleVersion,
    ScaleLevel,
    Skill,
    SkillArea,
    SkillLevel,
    SkillVersion,
    Statement,
)

from .parsed import (
    ParsedArea,
    ParsedFramework,
    ParsedLevel,
    ParsedRequirement,
    ParsedRole,
    ParsedRoleLevel,
    ParsedScaleLevel,
    ParsedSkill,
)


def write_framework(parsed):
    """The framework's row and scale, made the first time it is imported."""
    framework, made = Framework.objects.get_or_create(
        slug=parsed.slug,
        defaults={
            "name": parsed.name,
            "description": parsed.description,
            "attribution": parsed.attribution,
        },
    )
    if made:
        ScaleLevel.objects.bulk_create(
            ScaleLevel(
                framework=framework,
                value=level.value,
                name=level.name,
                description=level.description,
            )
            for level in parsed.scale
        )
    return framework


def write_draft(framework, parsed, *, label, source, changes, notes, by):
    """A draft release that says what `parsed` says, with its changes and notes."""
    release = Release.objects.create(
        framework=framework,
        imported_by=by,
        label=label,
        source=source,
        attribution=parsed.attribution,
    )
    skills = _identities(
        Skill, {"framework": framework}, framework.skills, {skill.slug for skill in parsed.skills}
    )
    roles = _identities(
        Role, {"framework": framework}, framework.roles, {role.slug for role in parsed.roles}
    )
    _write_skills(release, parsed, skills)
    _write_roles(release, parsed, roles, skills)
    ReleaseChange.objects.bulk_create(
        ReleaseChange(
            release=release,
            kind=change.kind,
            subject=change.subject,
            name=change.name,
            detail=change.detail,
        )
        for change in changes
    )
    ReleaseNote.objects.bulk_create(
        ReleaseNote(
            release=release,
            file=note.place.file[:200],
            line=note.place.line,
            column=note.place.column[:100],
            text=note.message,
        )
        for note in notes
    )
    return release


def _identities(model, owner, existing, slugs):
    """{slug: identity}, the new ones made."""
    found = {thing.slug: thing for thing in existing.all()}
    new = model.objects.bulk_create(
        model(slug=slug, **owner) for slug in sorted(slugs - found.keys())
    )
    return found | {thing.slug: thing for thing in new}


def _write_skills(release, parsed, skills):
    areas = SkillArea.objects.bulk_create(
        SkillArea(release=release, name=area.name, description=area.description, position=position)
        for position, area in enumerate(parsed.areas, 1)
    )
    area_of = {area.name: area for area in areas}
    versions = SkillVersion.objects.bulk_create(
        SkillVersion(
            release=release,
            skill=skills[skill.slug],
            area=area_of[skill.area],
            name=skill.name,
            description=skill.description,
        )
        for skill in parsed.skills
    )
    texts = [
        (version, level)
        for version, skill in zip(versions, parsed.skills, strict=True)
        for level in skill.levels
    ]
    levels = SkillLevel.objects.bulk_create(
        SkillLevel(skill_version=version, value=level.value) for version, level in texts
    )
    Statement.objects.bulk_create(
        Statement(skill_level=row, position=position, text=text)
        for row, (_, level) in zip(levels, texts, strict=True)
        for position, text in enumerate(level.statements, 1)
    )


def _write_roles(release, parsed, roles, skills):
    families = RoleFamily.objects.bulk_create(
        RoleFamily(release=release, name=name, position=position)
        for position, name in enumerate(parsed.families, 1)
    )
    family_of = {family.name: family for family in families}
    role_versions = RoleVersion.objects.bulk_create(
        RoleVersion(
            release=release,
            role=roles[role.slug],
            family=family_of[role.family],
            name=role.name,
            description=role.description,
        )
        for role in parsed.roles
    )
    texts = [
        (version, level)
        for version, role in zip(role_versions, parsed.roles, strict=True)
        for level in role.levels
    ]
    identities = _role_level_identities(release.framework, texts)
    level_versions = RoleLevelVersion.objects.bulk_create(
        RoleLevelVersion(
            release=release,
            role_level=identities[version.role_id, level.slug],
            role_version=version,
            name=level.name,
            description=level.description,
            seniority=level.seniority,
        )
        for version, level in texts
    )
    stored = list(zip(level_versions, (level for _, level in texts), strict=True))
    unlevelled = RoleLevelVersion.unlevelled_skills.through
    unlevelled.objects.bulk_create(
        unlevelled(rolelevelversion=row, skill=skills[slug])
        for row, level in stored
        for slug in level.unlevelled_skills
    )
    GradeRoleLevel.objects.bulk_create(
        GradeRoleLevel(release=release, role_level=row.role_level, grade=grade)
        for row, level in stored
        for grade in level.grades
    )
    Requirement.objects.bulk_create(
        Requirement(
            release=release,
            role_level=row.role_level,
            skill=skills[requirement.skill],
            target=requirement.target,
        )
        for row, level in stored
        for requirement in level.requirements
    )


def _role_level_identities(framework, texts):
    """{(role's pk, slug): role level}, the new ones made."""
    found = {
        (level.role_id, level.slug): level
        for level in RoleLevel.objects.filter(role__framework=framework)
    }
    wanted = {(version.role_id, level.slug) for version, level in texts}
    new = RoleLevel.objects.bulk_create(
        RoleLevel(role_id=role_id, slug=slug) for role_id, slug in sorted(wanted - found.keys())
    )
    return found | {(level.role_id, level.slug): level for level in new}


def read_release(release):
    """What a release says, equal to what it was written from; about ten queries."""
    framework = release.framework
    return ParsedFramework(
        slug=framework.slug,
        name=framework.name,
        description=framework.description,
        attribution=release.attribution,
        scale=tuple(
            ParsedScaleLevel(level.value, level.name, level.description)
            for level in framework.scale.order_by("value")
        ),
        label=release.label,
        areas=tuple(
            ParsedArea(area.name, area.description) for area in release.areas.order_by("position")
        ),
        skills=_read_skills(release),
        families=tuple(release.role_families.order_by("position").values_list("name", flat=True)),
        roles=_read_roles(release),
    )


def _read_skills(release):
    statements = defaultdict(list)
    for version_id, value, text in (
        Statement.objects.filter(skill_level__skill_version__release=release)
        .order_by("skill_level", "position")
        .values_list("skill_level__skill_version", "skill_level__value", "text")
    ):
        statements[version_id, value].append(text)
    levels = defaultdict(list)
    for version_id, value in (
        SkillLevel.objects.filter(skill_version__release=release)
        .order_by("value")
        .values_list("skill_version", "value")
    ):
        levels[version_id].append(ParsedLevel(value, tuple(statements[version_id, value])))
    rows = release.skill_versions.order_by().values_list(
        "pk", "skill__slug", "name", "area__name", "description"
    )
    skills = (
        ParsedSkill(slug, name, area, description, tuple(levels[pk]))
        for pk, slug, name, area, description in rows
    )
    return tuple(sorted(skills, key=lambda skill: skill.slug))


def _read_roles(release):
    requirements, unlevelled, grades = defaultdict(list), defaultdict(list), defaultdict(list)
    for level_id, slug, target in release.requirements.order_by().values_list(
        "role_level", "skill__slug", "target"
    ):
        requirements[level_id].append(ParsedRequirement(slug, target))
    through = RoleLevelVersion.unlevelled_skills.through
    for level_id, slug in through.objects.filter(rolelevelversion__release=release).values_list(
        "rolelevelversion__role_level", "skill__slug"
    ):
        unlevelled[level_id].append(slug)
    for level_id, grade in release.grade_role_levels.order_by().values_list("role_level", "grade"):
        grades[level_id].append(grade)
    levels = defaultdict(list)
    for (
        version_id,
        level_id,
        slug,
        name,
        seniority,
        description,
    ) in release.role_level_versions.order_by("seniority").values_list(
        "role_version", "role_level", "role_level__slug", "name", "seniority", "description"
    ):
        levels[version_id].append(
            ParsedRoleLevel(
                slug=slug,
                name=name,
                seniority=seniority,
                description=description,
                requirements=tuple(sorted(requirements[level_id], key=lambda one: one.skill)),
                unlevelled_skills=tuple(sorted(unlevelled[level_id])),
                grades=tuple(sorted(grades[level_id])),
            )
        )
    rows = release.role_versions.order_by().values_list(
        "pk", "role__slug", "name", "family__name", "description"
    )
    roles = (
        ParsedRole(slug, name, family, description, tuple(levels[pk]))
        for pk, slug, name, family, description in rows
    )
    return tuple(sorted(roles, key=lambda role: role.slug))
