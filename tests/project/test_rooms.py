"""Who may do what is decided in one place, and what a page says is free of requests and queries."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "generation"
BY_KEY = {"pk", "id", "handle"}
ROLES = {"is_staff", "is_superuser"}
OWNERS = {"owner", "owner_id"}
WRITES = {"save", "create", "bulk_create", "update", "delete", "get_or_create"}
OUTSIDE = ("django.http", "django.db", "django.shortcuts", "django.core.cache")


def fetched(tree):
    """Single objects that code gets by their key: `get_object_or_404`, `.get(pk=…)`, `in_bulk`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        keys = {word.arg for word in node.keywords}
        if name in ("get_object_or_404", "in_bulk") or (
            name in ("get", "aget", "filter") and keys & BY_KEY
        ):
            yield node.lineno, ast.unparse(node)


def decided(tree):
    """What asks for somebody's role, or compares with an owner."""
    for node in ast.walk(tree):
        asks = isinstance(node, ast.Attribute) and node.attr in ROLES
        if asks and isinstance(node.ctx, ast.Load):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(one, ast.Attribute) and one.attr in OWNERS for one in sides):
                yield node.lineno, ast.unparse(node)


def reached(tree):
    """What asks the database or knows the request."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(OUTSIDE):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", *WRITES}:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.arg) and node.arg == "request":
            yield node.lineno, node.arg


def found(check, *places):
    paths = [path for place in places for path in sorted(ROOT.glob(place))]
    assert paths
    return [
        f"{path.relative_to(ROOT)}:{line}: {code}"
        for path in paths
        for line, code in check(ast.parse(path.read_text()))
    ]


def test_views_and_forms_get_single_objects_from_access_alone():
    ours = found(fetched, "views/*.py", "forms/*.py")
    # What a form counts among all is no object that anybody is shown.
    assert [one for one in ours if not one.startswith("forms/subjects.py")] == []


def test_who_may_do_what_is_asked_of_access_alone():
    places = (
        "views/*.py",
        "forms/*.py",
        "presenters/*.py",
        "lifecycle/actions.py",
        "people/audit.py",
    )
    assert found(decided, *places) == []


def test_presenters_have_no_request_and_ask_no_database():
    assert found(reached, "presenters/*.py") == []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (fetched, "Task.objects.for_cards().get(pk=made.pk)"),
        (fetched, "get_object_or_404(ApiKey, pk=pk)"),
        (fetched, "Image.objects.in_bulk(pks)"),
        (fetched, "Subject.objects.filter(handle=handle).first()"),
        (decided, "mine = user.is_staff"),
        (decided, "if task.owner_id == user.pk: pass"),
        (decided, "user != thing.owner"),
        (reached, "from django.shortcuts import render"),
        (reached, "Task.objects.count()"),
        (reached, "task.save(update_fields=['state'])"),
        (reached, "def card(request): pass"),
    ],
)
def test_the_check_sees_what_it_is_to_see(check, code):
    assert list(check(ast.parse(code)))
