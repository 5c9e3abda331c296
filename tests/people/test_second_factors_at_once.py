"""Codes that many send at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from generation.people.second_factors import add_app, new_recovery_codes, new_seed, use_code

from .test_second_factors import code_of


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_one_code_at_once_one_gets_in(alice):
    seed = new_seed()
    add_app(alice, seed, code_of(seed, later=-1))
    recovery = new_recovery_codes(alice)[0]

    def use(code):
        try:
            return use_code(alice, code) is not None
        finally:
            connection.close()

    for code in (code_of(seed), recovery):
        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(use, [code] * 8)) == [False] * 7 + [True]
    assert Authenticator.objects.get(type="recovery_codes").data["used_mask"] == 1
