"""Rooms import downwards only, pure modules import nothing of ours, views read through
`visible_to`. The rules are in docs/decisions/0001-rooms.md."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["govuk", "accounts", "assessments", "learning", "reports", "skills_portal"]
PURE = [
    "assessments/gaps.py",
    "assessments/nearest.py",
    "assessments/reassessing.py",
    "assessments/role_search.py",
    "assessments/suggestions.py",
    "learning/disclosure.py",
    "learning/impact.py",
    "learning/recommendations.py",
    "reports/disclosure_audit.py",
    "reports/suppression.py",
]
PURE_MAY_IMPORT = set(
    "calendar collections dataclasses datetime enum itertools math numpy re typing "
    "unicodedata".split()
)


def python_files(room):
    return sorted(path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def imported_modules(path):
    """Dotted names of every module the file imports, relative imports resolved."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                yield ".".join(base + ([node.module] if node.module else []))
            else:
                yield node.module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_itself_and_rooms_below(room):
    above = set(ROOMS[ROOMS.index(room) + 1 :])
    upward = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in python_files(room)
        for module in imported_modules(path)
        if module.split(".")[0] in above
    ]
    assert upward == []


@pytest.mark.parametrize("room", ROOMS)
def test_foreign_keys_by_name_point_downwards_too(room):
    above = set(ROOMS[ROOMS.index(room) + 1 :])
    upward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(room).get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model
        and field.related_model._meta.app_label in above
    ]
    assert upward == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_take_values_and_give_values(name):
    pure = {path.removesuffix(".py").replace("/", ".") for path in PURE}
    modules = set(imported_modules(ROOT / name)) - pure
    assert {module.split(".")[0] for module in modules} <= PURE_MAY_IMPORT


def private_models():
    """Names of the models whose default manager has `visible_to`."""
    return {
        model.__name__
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        if hasattr(model.objects, "visible_to")
    }


def view_files():
    return [
        path
        for room in ROOMS
        for path in python_files(room)
        if path.name in {"views.py", "audit_views.py", "cover_views.py", "notice_views.py"}
        or "views" in path.relative_to(ROOT / room).parts
    ]


def unguarded_reads(path, models):
    """`Model.objects.x(...)` in a view where the chain never goes through `visible_to`.

    `.where(user, permission)` and `.managed_by(user)` are reads by permission and pass as well.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in inner:
            continue
        names, link = [], node
        while isinstance(link, ast.Call | ast.Attribute):
            inner.add(id(link))
            if isinstance(link, ast.Attribute):
                names.append(link.attr)
                link = link.value
            else:
                link = link.func
        if (
            isinstance(link, ast.Name)
            and link.id in models
            and "objects" in names
            and not {"visible_to", "where", "managed_by"} & set(names)
        ):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {link.id}"


def test_views_read_personal_data_only_through_visible_to():
    models = private_models()
    assert {"User", "Post", "Grant", "Notice", "SelfAssessment", "DraftAnswer"} <= models
    found = [line for path in view_files() for line in unguarded_reads(path, models)]
    assert found == []


def test_the_guard_against_unguarded_reads_sees_one(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "views.py"
    page.write_text("def page(request):\n    return User.objects.filter(pk=1).first()\n")
    assert list(unguarded_reads(page, {"User"})) == ["views.py:2 User"]
    page.write_text("def page(request):\n    return User.objects.visible_to(me).filter(pk=1)\n")
    assert list(unguarded_reads(page, {"User"})) == []
