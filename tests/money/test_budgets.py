"""What may be spent a month: checked and reserved with the submit, refused with the figures."""

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from generation.lifecycle import held, hold, over_budget
from generation.models import ApiKey, AuditEvent, DailyUsage, Task
from generation.money import budgets, ledger, rebuild
from generation.money.budgets import OverBudget
from generation.money.days import today
from generation.monitoring.invariants import broken
from generation.views import budgets as views
from tests.forms.helpers import images_of


def limit(member, usd):
    member.monthly_budget = Decimal(usd)
    member.save(update_fields=["monthly_budget"])


def right():
    return broken(everything=True) == [] and rebuild.differences(today()) == []


def test_without_budgets_nothing_is_refused(submitted, alice, team_key):
    submitted()
    assert list(budgets.budgets(alice, team_key)) == []


def test_a_members_budget_counts_what_is_reserved_and_charged(submitted, alice, end):
    limit(alice, "0.50")
    end(submitted(), cost=Decimal("0.25"))
    submitted()
    with pytest.raises(OverBudget) as refused:
        submitted()
    assert str(refused.value) == (
        f"alice has a budget of $0.50 for {today():%B}, of which $0.45 is spent or reserved: "
        "$0.05 is left, and this costs about $0.20. Nothing was submitted."
    )
    assert Task.objects.count() == 2


def test_what_is_released_may_be_spent_again(submitted, alice, end):
    limit(alice, "0.20")
    end(submitted(), "canceled", sent_at=None)
    submitted()
    with pytest.raises(OverBudget):
        submitted()


def test_variations_count_together(submitted, alice):
    limit(alice, "0.50")
    with pytest.raises(OverBudget, match=r"\$0.60"):
        submitted(variations=3)
    assert not Task.objects.exists()
    assert len(submitted(variations=2)) == 2


def test_a_keys_budget_is_everybodys(submitted, team_key, bob):
    ApiKey.objects.update(monthly_budget="0.30")
    team_key.refresh_from_db()
    submitted(owner=bob)
    with pytest.raises(OverBudget, match="The key “Team”"):
        submitted()


def test_the_team_has_a_budget_too(submitted, bob):
    budgets.limit_team(Decimal("0.30"))
    submitted(owner=bob)
    with pytest.raises(OverBudget, match="The team has a budget"):
        submitted()
    budgets.limit_team(None)
    submitted()


def test_an_unknown_price_stops_once_the_budget_is_used_up(submitted, alice):
    limit(alice, "0.20")
    unpriced = {"model": "viduq2_reference2image", "params": {"prompt": "x"}}
    submitted(**unpriced)
    submitted()
    with pytest.raises(OverBudget, match="the price of this is not known"):
        submitted(**unpriced)


def test_a_new_month_begins_with_the_teams_day(submitted, alice, settings):
    settings.TEAM_TIME_ZONE = "America/New_York"
    limit(alice, "0.20")
    with time_machine.travel("2026-11-01T03:30:00+00:00", tick=False):
        submitted()
        with pytest.raises(OverBudget, match="for October"):
            submitted()
    with time_machine.travel("2026-11-01T04:30:00+00:00", tick=False):
        submitted()


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_as_many_are_made_as_the_budget_allows(submitted, alice, team_key):
    limit(alice, "1.00")

    def press(number):
        try:
            submitted()
        except OverBudget:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(20) as pool:
        made = sum(pool.map(press, range(20)))
    assert made == Task.objects.count() == 5
    assert DailyUsage.objects.get().held == 1_000_000
    assert right()


# Asking an admin


@pytest.fixture
def asked(submitted, alice):
    limit(alice, "0.10")
    return submitted(variations=2, asks=True)


def test_what_asks_waits_and_holds_nothing(asked):
    for task in asked:
        assert task.is_over_budget
        assert ledger.read(task.pk)[0].held == 0
    assert not Task.objects.due_to_send().exists()
    assert DailyUsage.objects.get().held == 0
    assert right()


def test_an_admin_releases_it_and_it_is_due(asked, admin):
    assert over_budget.release(admin, asked[0].submission) == 2
    assert Task.objects.due_to_send().count() == 2
    assert DailyUsage.objects.get().held == 400_000
    assert right()
    assert over_budget.release(admin, asked[0].submission) == 0
    assert DailyUsage.objects.get().held == 400_000


def test_an_admin_declines_it_with_a_reason(asked, admin, client_for, alice):
    assert over_budget.decline(admin, asked[0].submission, "Not this month.") == 2
    task = Task.objects.first()
    assert (task.state, task.reason, task.charge) == ("canceled", "declined", 0)
    assert right()
    page = client_for(alice).get(task.get_absolute_url()).content.decode()
    assert "Declined by ada: Not this month." in page


def test_a_restore_releases_nothing_over_its_budget(asked, admin):
    assert hold.hold(hold.RESTORED) == 2
    assert held.release(admin) == 2
    assert not Task.objects.due_to_send().exists()
    assert Task.objects.over_budget().count() == 2
    assert right()
    assert over_budget.release(admin, asked[0].submission) == 2
    assert DailyUsage.objects.get().held == 400_000
    assert right()


def test_what_was_released_before_a_restore_and_is_found_there_holds_its_price(asked, admin):
    hold.hold(hold.RESTORED)
    assert held.found_there(admin, asked[0].pk)
    assert ledger.read(asked[0].pk)[0].held == asked[0].estimate
    assert right()


def test_two_members_forms_of_the_same_id_are_decided_one_by_one(submitted, asked, bob, admin):
    limit(bob, "0.10")
    submitted(owner=bob, asks=True, token=asked[0].submission)
    assert over_budget.release(admin, asked[0].submission) == 2
    assert Task.objects.over_budget().get().owner == bob
    assert DailyUsage.objects.get(user=bob).held == 0
    assert over_budget.release(admin, asked[0].submission) == 1
    assert DailyUsage.objects.get(user=bob).held == 200_000
    assert right()


def test_who_asks_within_the_budget_does_not_wait(submitted, alice):
    limit(alice, "1.00")
    assert not submitted(asks=True).is_over_budget


# Pages


def post(client, user, **more):
    (image,) = images_of(user, 1)
    data = {"model": "viduq2_turbo_img2video", "prompt": "A calm sea", "image_ids": str(image.pk)}
    return client.post(reverse("tasks"), data | more)


def test_the_form_comes_back_with_the_figures_and_a_way_to_ask(client_for, alice, team_key):
    limit(alice, "0.10")
    client = client_for(alice)
    refused = post(client, alice)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "$0.10 is left, and this costs about $0.20" in page
    assert 'name="ask" value="1"' in page
    assert "A calm sea" in page
    assert not Task.objects.exists()
    assert post(client, alice, ask="1").status_code == 303
    assert Task.objects.get().is_over_budget
    assert "Waits for an admin" in client.get(reverse("tasks")).content.decode()


def test_what_is_left_stands_beside_the_price_and_in_the_head(client_for, alice, submitted):
    limit(alice, "0.24")
    submitted()
    page = client_for(alice).get(reverse("studio")).content.decode()
    assert "$0.04 left of your budget" in page
    assert "<b>$0.20</b> of $0.24" in page


def test_an_admin_decides_on_the_page(client_for, admin, alice, asked):
    client = client_for(admin)
    engine = " ".join(client.get(reverse("engine")).content.decode().split())
    assert "2 tasks over budget wait for you" in engine
    page = client.get(reverse("budgets")).content.decode()
    assert "$0.40" in page
    url = reverse("budget-decide", args=[asked[0].submission])
    unsaid = client.post(url, {"action": "decline", "reason": " "})
    assert unsaid.status_code == 422
    assert "Say why" in unsaid.content.decode()
    (focused,) = re.findall(r"<input [^>]*autofocus[^>]*>", unsaid.content.decode())
    assert f"reason-{asked[0].submission}" in focused
    long = client.post(url, {"action": "decline", "reason": "Too dear. " * 30})
    assert long.status_code == 422
    assert f'value="{"Too dear. " * 30}"' in long.content.decode()
    answer = client.post(url, {"action": "release"}, follow=True)
    # Whose turn it is others say.
    assert "Released. It is in the queue now." in answer.content.decode()
    assert Task.objects.due_to_send().count() == 2
    assert AuditEvent.objects.filter(what="budget.released", who=admin).exists()


@pytest.mark.parametrize(
    ("typed", "stored", "status"),
    [("12.50", "12.50", 302), ("", None, 302), ("-1", "0.10", 422), ("plenty", "0.10", 422)],
)
def test_an_admin_sets_budgets(client_for, admin, alice, team_key, typed, stored, status):
    limit(alice, "0.10")
    ApiKey.objects.update(monthly_budget="0.10")
    budgets.limit_team(Decimal("0.10"))
    client = client_for(admin)
    for scope, pk in (("member", alice.public_id), ("key", team_key.pk), ("team", "")):
        data = {"scope": scope, "id": pk, "monthly_budget": typed}
        answer = client.post(reverse("budgets"), data)
        assert answer.status_code == status
        if status == 422:
            assert f'value="{typed}"' in answer.content.decode()
    alice.refresh_from_db()
    team_key.refresh_from_db()
    wanted = None if stored is None else Decimal(stored)
    assert [alice.monthly_budget, team_key.monthly_budget, budgets.team_limit()] == [wanted] * 3


def test_members_neither_decide_nor_set(client_for, alice, asked):
    client = client_for(alice)
    assert client.get(reverse("budgets")).status_code == 404
    assert client.post(reverse("budgets"), {"scope": "team"}).status_code == 404
    url = reverse("budget-decide", args=[asked[0].submission])
    assert client.post(url, {"action": "release"}).status_code == 404
    assert Task.objects.over_budget().count() == 2


def test_a_repeat_over_budget_says_so(client_for, alice, submitted, end):
    limit(alice, "0.20")
    task = end(submitted(), cost=Decimal("0.20"))
    page = client_for(alice).post(reverse("task-again", args=[task.pk]), follow=True)
    assert "has a budget of $0.20" in page.content.decode()
    assert Task.objects.count() == 1


def test_a_form_waits_as_a_whole_however_many_do(client_for, admin, asked, monkeypatch):
    monkeypatch.setattr(views, "SHOWN", 1)
    page = client_for(admin).get(reverse("budgets")).content.decode()
    assert "2 results" in page
    assert "$0.40" in page


def test_the_list_does_not_say_what_only_a_member_sees(client_for, admin, asked):
    Task.objects.update(visibility="private")
    page = client_for(admin).get(reverse("budgets")).content.decode()
    assert "A private task of alice" in page
    assert "A calm sea" not in page
