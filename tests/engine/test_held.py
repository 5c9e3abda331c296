"""What people see and can do while tasks are held after a restore."""

import json
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle import hold
from generation.models import AuditEvent, Task


@pytest.fixture
def held(in_state):
    """Three tasks of alice's that waited when the database was restored."""
    tasks = [in_state("queued", params={"prompt": f"Held {n}"}) for n in range(3)]
    hold.hold(hold.RESTORED)
    for task in tasks:
        task.refresh_from_db()
    return tasks


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_admins_see_what_is_held_since_when_and_what_to_do(client_for, admin, held):
    page = client_for(admin).get(reverse("engine"))
    assert "Held after a restore 3" in text(page)
    assert f"since {held[0].held_since:%H:%M} UTC" in text(page)
    for task in held:
        assert f"Held {task.params['prompt'][-1]}" in text(page)
        assert reverse("task-release", args=[task.pk]) in page.content.decode()
    # It is no uncertain one, and the navigation counts it.
    assert "No uncertain task" in text(page)
    assert "3 that need a person" in text(page)


def test_without_a_hold_the_page_says_nothing_of_it(client_for, admin, in_state):
    in_state("queued")
    assert "after a restore" not in text(client_for(admin).get(reverse("engine")))


def test_one_is_released_and_written_down(client_for, admin, held):
    response = client_for(admin).post(reverse("task-release", args=[held[0].pk]), follow=True)
    assert "1 task is released." in text(response)
    assert Task.objects.held().count() == 2
    event = AuditEvent.objects.get(what="task.released")
    assert (event.who, event.target) == (admin, str(held[0].pk))


def test_all_are_released_at_once(client_for, admin, held):
    client = client_for(admin)
    response = client.post(reverse("engine-release"), follow=True)
    assert "3 tasks are released." in text(response)
    assert not Task.objects.held().exists()
    assert AuditEvent.objects.get(what="task.released").target == "all 3 held tasks"
    again = client.post(reverse("engine-release"), follow=True)
    assert "Nothing was held any more." in text(again)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("name", ["engine-release", "task-release"])
def test_members_release_nothing_not_even_their_own(client_for, alice, held, name):
    arguments = [held[0].pk] if name == "task-release" else []
    assert client_for(alice).post(reverse(name, args=arguments)).status_code == 404
    assert Task.objects.held().count() == 3


def test_what_the_gateway_has_already_can_be_polled_instead(client_for, admin, held):
    """Nothing that was paid for before the restore is lost, and it is not sent again."""
    client = client_for(admin)
    release = reverse("task-release", args=[held[0].pk])
    page = client.post(release, {"found": "1"}, follow=True)
    held[0].refresh_from_db()
    assert (held[0].state, held[0].reason, held[0].held_since) == ("uncertain", "no-answer", None)
    assert held[0].charge is None
    assert reverse("task-remote-id", args=[held[0].pk]) in page.content.decode()
    assert AuditEvent.objects.get(what="task.found").target == str(held[0].pk)
    assert Task.objects.held().count() == 2
    again = client.post(release, {"found": "1"}, follow=True)
    assert "It was not held any more." in text(again)
    assert AuditEvent.objects.filter(what="task.found").count() == 1


def test_members_say_of_nothing_that_it_was_found(client_for, alice, held):
    release = reverse("task-release", args=[held[0].pk])
    assert client_for(alice).post(release, {"found": "1"}).status_code == 404
    assert Task.objects.held().count() == 3


def test_what_never_was_held_is_not_released(client_for, admin, in_state):
    task = in_state("uncertain")
    client_for(admin).post(reverse("task-release", args=[task.pk]))
    task.refresh_from_db()
    assert task.state == "uncertain"


def test_members_see_on_the_card_what_it_means_and_may_cancel(client_for, alice, held):
    client = client_for(alice)
    page = client.get(reverse("tasks"))
    assert text(page).count("Held after a restore") == 3
    own = client.get(reverse("task", args=[held[0].pk]))
    assert "Held after a restore" in text(own)
    assert "waits until an admin releases it" in text(own)
    assert reverse("task-release", args=[held[0].pk]) not in own.content.decode()
    client.post(reverse("task-cancel", args=[held[0].pk]))
    held[0].refresh_from_db()
    assert held[0].state == "canceled"
    shown = text(client.get(reverse("task", args=[held[0].pk])))
    assert "Not charged" not in shown
    assert "not known" in shown


def test_admins_release_it_on_its_page_too(client_for, admin, held):
    page = client_for(admin).get(reverse("task", args=[held[0].pk]))
    assert reverse("task-release", args=[held[0].pk]) in page.content.decode()


def test_the_hold_is_told_to_machines(client, settings, held, monkeypatch):
    settings.METRICS_TOKEN = "a-long-token-for-tests"
    answer = client.get("/metrics", headers={"authorization": "Bearer a-long-token-for-tests"})
    assert "viduweb_tasks_held 3.0" in answer.content.decode().splitlines()


def test_readyz_tells_it_without_being_less_ready(client, held, monkeypatch):
    from generation.views import health

    found = {"database": True, "workers": True, "held": 3}
    monkeypatch.setattr(health.workers, "answer", lambda: dict(found))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert json.loads(answer.content)["held"] == 3
    found["held"] = 0
    assert "held" not in json.loads(client.get("/readyz").content)


def test_doctor_tells_it(held, capsys):
    from django.core.management import CommandError

    with pytest.raises(CommandError):  # no workers run here
        call_command("doctor")
    told = capsys.readouterr().out
    assert f"3 tasks are held after a restore, since {timezone.now():%Y-%m-%d}" in told
    assert "Engine page" in told
