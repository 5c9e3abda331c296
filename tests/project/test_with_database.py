"""What the pass on PostgreSQL leaves out cannot reach a database."""

import pytest
from django.core.cache import cache

from generation.models import User
from generation.supervisor.reaper import ROOT
from tests.with_database import ALIKE, WITHOUT, needs_database


@pytest.fixture
def by_name(request):
    return request.getfixturevalue("alice")


def test_who_asks_for_nothing_is_left_out_and_kept_from_both(request, settings):
    assert not needs_database(request.node)
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        User.objects.count()
    if not settings.REDIS_URL:
        with pytest.raises(RuntimeError, match="Database access not allowed"):
            cache.get("anything")


def test_who_asks_for_it_is_not(request, db):
    assert needs_database(request.node)


def test_who_asks_for_a_user_is_not(request, alice):
    assert needs_database(request.node)


@pytest.mark.django_db
def test_who_is_marked_is_not(request):
    assert needs_database(request.node)


def test_who_may_ask_later_is_not(request, by_name):
    assert by_name.username == "alice"
    assert needs_database(request.node)


def test_who_is_named_is_there():
    for file, _, test in (name.partition("::") for name in ALIKE + WITHOUT):
        assert (ROOT / file).exists(), file
        assert not test or f"\ndef {test}" in (ROOT / file).read_text(), test
