"""Remove each single check of who may see and do what, and see a test fail.

    python -m tests.mutation                     every mutant; docs/mutation.md explains survivors
    python -m tests.mutation --only learning     those of files whose path contains this
    python -m tests.mutation --list              what would be changed

Mutants are made of accounts/permissions.py, of every `visible_to` and of the queryset methods
these lean on: each condition left out, each link of a chain of filters left out, each `if` always
and never true, each entry of the table of permissions turned over.

Other mutation testers start pytest anew for each mutant; with a database to migrate that is ten
seconds each. Here pytest collects and prepares its database once, and each mutant is a fork of that
process with a copy of the database (SQLite), in which one function's code is exchanged. Where a
mutant survives, none of the tests noticed. They run in the order given; the first failure ends
them.
"""

import argparse
import ast
import copy
import importlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["accounts", "assessments", "learning", "reports"]
# What `visible_to` is made of.
METHODS = {"visible_to", "where", "managed_by", "_in_scope_of", "looked_after_by"}
TESTS = ["tests/security/test_visible_to.py", "tests/accounts", "tests/assessments"]
TESTS += ["tests/learning", "tests/reports/test_pages.py", "tests/test_access.py"]
MOST_SECONDS = 400


def files():
    yield ROOT / "accounts" / "permissions.py"
    for room in ROOMS:
        models = ROOT / room / "models.py"
        yield from [models] if models.exists() else sorted((ROOT / room / "models").glob("*.py"))


def functions(path):
    """(dotted name, node) of each function to be mutated in the file."""
    whole = path.name == "permissions.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and (whole or node.name in METHODS):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name in METHODS:
                    yield f"{node.name}.{inner.name}", inner


def replacements(node):
    """(what it does, the node instead) for one node of a function."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd):
        yield f"without {ast.unparse(node.left)}", node.right
        yield f"without {ast.unparse(node.right)}", node.left
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not):
        yield f"not turned over: {ast.unparse(node.operand)}", node.operand
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            rest = [other for other in node.values if other is not value]
            changed = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield f"without {ast.unparse(value)}", changed
    if isinstance(node, ast.IfExp | ast.If):
        for constant in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(constant)
            yield f"{constant} for {ast.unparse(node.test)}", changed
    if isinstance(node, ast.AugAssign | ast.Raise):
        yield f"without {ast.unparse(node)}", ast.Pass()
    if isinstance(node, ast.comprehension | ast.GeneratorExp | ast.ListComp):
        for index, loop in enumerate(getattr(node, "generators", [])):
            for condition in loop.ifs:
                changed = copy.deepcopy(node)
                changed.generators[index].ifs = [
                    other for other in loop.ifs if other is not condition
                ]
                yield f"without if {ast.unparse(condition)}", changed
    if isinstance(node, ast.Compare):
        for constant in (True, False):
            yield f"{constant} for {ast.unparse(node)}", ast.Constant(constant)
    if isinstance(node, ast.Call):
        function = node.func
        chained = isinstance(function, ast.Attribute) and isinstance(
            function.value, ast.Call | ast.Name | ast.Attribute
        )
        link = chained and function.attr not in {"values", "objects", "startswith", "items"}
        if link and (isinstance(function.value, ast.Call) or is_queryset(function.value)):
            yield f"without .{function.attr}({arguments(node)})", function.value
        if chained and function.attr == "startswith":
            yield f"True for {ast.unparse(node)}", ast.Constant(True)
            yield f"False for {ast.unparse(node)}", ast.Constant(False)
        several = len(node.args) + len(node.keywords) > 1
        named = (
            function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        )
        if several and named in {"filter", "exclude", "Q", "Exists", "managed_by"}:
            for index, argument in enumerate(node.args):
                if named != "managed_by":
                    changed = copy.copy(node)
                    changed.args = node.args[:index] + node.args[index + 1 :]
                    yield f"without {ast.unparse(argument)}", changed
            for index, keyword in enumerate(node.keywords):
                changed = copy.copy(node)
                changed.keywords = node.keywords[:index] + node.keywords[index + 1 :]
                yield f"without {ast.unparse(keyword)}", changed


def is_queryset(node):
    text = ast.unparse(node)
    return text == "self" or text.endswith(".objects")


def arguments(call):
    return ", ".join(ast.unparse(part) for part in [*call.args, *call.keywords])


class Replace(ast.NodeTransformer):
    def __init__(self, wanted, instead):
        self.wanted, self.instead = wanted, instead

    def visit(self, node):
        return self.instead if node is self.wanted else super().visit(node)


def mutants(only=""):
    """(file, function, what it does, source) of each; source None for the table's entries."""
    for path in files():
        name = str(path.relative_to(ROOT))
        if only not in name:
            continue
        for function, original in functions(path):
            told = set()
            for node in list(ast.walk(original)):
                for label, instead in replacements(node):
                    body = copy.copy(original)
                    # The nodes stay the same objects until the tree has been changed.
                    memo = {id(node): node}
                    tree = Replace(node, instead).visit(copy.deepcopy(body, memo))
                    tree.decorator_list = []
                    source = ast.unparse(ast.fix_missing_locations(tree))
                    if source not in told:
                        told.add(source)
                        yield name, function, f"line {getattr(node, 'lineno', 0)}, {label}", source
        if name == "accounts/permissions.py":
            from accounts.permissions import PERMISSIONS, Permission

            for kind in PERMISSIONS:
                for permission in Permission:
                    verb = "no longer" if permission in PERMISSIONS[kind] else "now"
                    yield name, "PERMISSIONS", f"{kind} may {verb} {permission}", (kind, permission)


def apply(name, function, source):
    """Exchange the function's code in this process, wherever it has been imported."""
    module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
    if function == "PERMISSIONS":
        kind, permission = source
        module.PERMISSIONS[kind] = module.PERMISSIONS[kind] ^ {permission}
        return
    target = module
    for part in function.split("."):
        target = getattr(target, part)
    scope = {}
    exec(compile(source, name, "exec"), module.__dict__, scope)  # noqa: S102 - our own, changed
    changed = scope[function.split(".")[-1]]
    target.__code__, target.__defaults__ = changed.__code__, changed.__defaults__


class Mutate:
    """Runs the first test as it is, which prepares the database, and then forks per mutant."""

    def __init__(self, chosen):
        self.chosen, self.survived = chosen, []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        first, second, *_ = session.items
        session.config.hook.pytest_runtest_protocol(item=first, nextitem=second)
        # Nothing is changed yet: a test that fails here would kill every mutant.
        failing = self.killer(session, "", "", None)
        if session.testsfailed or failing:
            print(f"A test fails as it is: {failing or first.nodeid}", file=sys.__stderr__)
            os._exit(2)
        began = time.monotonic()
        for number, (name, function, label, source) in enumerate(self.chosen, 1):
            took = time.monotonic()
            killer = self.killer(session, name, function, source)
            took = time.monotonic() - took
            print(
                f"{number}/{len(self.chosen)} {time.monotonic() - began:.0f} s",
                "killed" if killer else "SURVIVED",
                f"({took:.1f} s) {name} {function}: {label} [{killer}]",
                file=sys.__stderr__,
                flush=True,
            )
            if not killer:
                self.survived.append(f"{name} {function}: {label}")
        return True

    def killer(self, session, name, function, source):
        """The test that failed with this mutant; empty when none did."""
        read, write = os.pipe()
        # A database of its own: some tests empty it, and what a fork shares it must not use.
        connections.close_all()
        database = connections["default"].settings_dict
        shutil.copy(database["NAME"], f"{database['NAME']}-mutant")
        child = os.fork()
        if child == 0:
            os.close(read)
            database["NAME"] += "-mutant"
            signal.alarm(MOST_SECONDS)
            if function:
                apply(name, function, source)
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following or item)
                if session.testsfailed:
                    os.write(write, item.nodeid.encode())
                    break
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as told:
            killer = told.read()
        _, status = os.waitpid(child, 0)
        no_end = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        return killer or ("" if no_end or not status else "a crash")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="files whose path contains this")
    parser.add_argument("--list", action="store_true", help="tell the mutants, run nothing")
    parser.add_argument("tests", nargs="*", help="tests to run, in this order", default=TESTS)
    options = parser.parse_args()
    from tests import environment  # noqa: F401 - the settings, before anything of Django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skills_portal.settings")
    import django

    django.setup()
    chosen = list(mutants(options.only))
    if options.list:
        print("\n".join(" ".join(map(str, mutant[:3])) for mutant in chosen))
        print(len(chosen), "mutants")
        return 0
    plugin = Mutate(chosen)
    kinds = "not browser and not broker and not office"
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of tests.environment, above
    pytest.main(
        [*options.tests, "-q", "-p", "no:cacheprovider", "-m", kinds, *quiet], plugins=[plugin]
    )
    print(f"{len(chosen)} mutants, {len(plugin.survived)} survived", *plugin.survived, sep="\n  ")
    return 1 if plugin.survived else 0


if __name__ == "__main__":
    sys.exit(main())
