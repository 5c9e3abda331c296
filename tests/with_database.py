"""Leaves out what cannot depend on the database: for `-p tests.with_database`, on another one.

A test that asks for no database is not let near it by pytest-django, nor near the cache, which
lies in the database without Redis. On PostgreSQL and Redis it would do the very same again.
"""

import pytest

ASKS = {"db", "transactional_db", "django_db_setup", "live_server"}


def needs_database(item: pytest.Item) -> bool:
    """Also when it might only ask while it runs."""
    names = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or names & ASKS) or _asks_later(item)


def _asks_later(item: pytest.Item) -> bool:
    found = item.session._fixturemanager
    return any(
        "getfixturevalue" in definition.func.__code__.co_names
        for name in getattr(item, "fixturenames", ())
        for definition in found.getfixturedefs(name, item) or ()
        if definition.func.__module__.startswith("tests.")
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if not needs_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if needs_database(item)]
