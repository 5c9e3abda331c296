"""What pages say of money in words: spent, reserved, left and not known, each by its own name."""

import re
from decimal import Decimal

import pytest

from generation.money.budgets import limit_team
from generation.money.days import Days, today
from generation.money.reports import SHOWN, Scope
from generation.presenters.usage import Link, cents, price_words
from generation.presenters.usage_sums import sums
from tests.factories import make_output


@pytest.fixture
def month(submitted, end, alice):
    """Alice has spent $0.25, holds $0.20 for what runs and $0.20 for what nobody knows."""
    done, _, failed = [submitted() for _ in range(3)]
    make_output(done)
    end(done, "completed", cost=Decimal("0.25"))
    end(failed, "failed")
    return done


def limit(member, usd):
    member.monthly_budget = Decimal(usd)
    member.save(update_fields=["monthly_budget"])


def words(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_what_is_reserved_is_not_left_of_a_budget(client_for, alice, month):
    limit(alice, "1.00")
    said = words(client_for(alice).get("/usage/"))
    assert "Spent this month $0.25 of $1.00" in said
    assert "$0.40 is reserved. $0.35 of the budget is left." in said
    limit(alice, "0.50")
    assert "$0.00 of the budget is left." in words(client_for(alice).get("/usage/"))
    limit(alice, "0")
    assert "$0.25 of $0.00" in words(client_for(alice).get("/usage/"))


def test_what_is_narrowed_is_not_held_against_a_whole_budget(client_for, alice, admin, month):
    limit(alice, "1.00")
    limit_team(Decimal(2))
    assert "$0.25 of $2.00" in words(client_for(admin).get("/usage/"))
    for given in ({"model": month.model}, {"kind": "video"}, {"key": str(month.key_id)}):
        for who in (alice, admin):
            said = words(client_for(who).get("/usage/", given))
            assert "Spent this month $0.25 " in said, given
            assert "$0.25 of" not in said, given
            assert "of the budget" not in said, given


def test_what_nobody_knows_is_not_called_free(client_for, alice, month, submitted, end):
    assert "Cost not known 1 $0.20 stays reserved for it" in words(client_for(alice).get("/usage/"))
    end(submitted(), "failed")
    # The second was expected to cost what the one that completed has cost.
    said = words(client_for(alice).get("/usage/"))
    assert "Cost not known 2 $0.45 stays reserved for them" in said
    figures = dict.fromkeys(SHOWN, 0) | {"unknown": 1}
    link = Link(Scope(Days(today(), today())), {})
    (said,) = [
        one.text for one in sums(figures, figures, "", link) if one.title == "Cost not known"
    ]
    assert said == "Nothing is reserved for it"


def test_small_sums_are_not_called_nothing(client_for, alice, submitted, end):
    made = submitted()
    make_output(made)
    made.outputs.update(duration=5.0)
    end(made, "completed", cost=Decimal("0.004"))
    said = words(client_for(alice).get("/usage/"))
    assert "Spent this month $0.004" in said
    assert "Cost of a finished second $0.0008" in said
    assert (cents(4000), cents(125_000), cents(0)) == ("$0.004", "$0.13", "$0.00")
    assert price_words(Decimal(1) / 3) == "$0.33"


def test_a_member_is_not_told_of_others(client_for, alice, admin, month):
    own, all_ = (words(client_for(who).get("/usage/")) for who in (alice, admin))
    assert "What it was spent on" in own
    assert "alice, " not in own
    assert "Who spent on what" in all_
    assert "alice, " in all_


def test_the_team_page_says_spent_or_reserved(client_for, alice, admin, month):
    said = words(client_for(admin).get("/team/"))
    assert "Spent or reserved in " in said
    assert "$0.65 no limit" in said
    limit(alice, "2.00")
    assert "$0.65 of $2.00" in words(client_for(admin).get("/team/"))
    page = words(client_for(admin).get(f"/team/{alice.public_id}/"))
    assert "Spent or reserved this month $0.65 of $2.00" in page
