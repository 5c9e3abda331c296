"""Every page with a long history behind it: no statement reads or sorts the whole of it."""

import pytest
from django.urls import reverse

from generation.gallery import counting, places
from generation.lifecycle import task_counts
from generation.models import Output, Task, TaskImage, User, Visibility
from generation.monitoring import invariants

from .conftest import TASKS
from .work import complaints, counted

ROLL_UP = (
    "generation_dailyusage",
    "generation_subjectusage",
    "generation_monthlyusage",
    "generation_monthlysubjectusage",
)
"""A row for each day or month, member, key and model, however many tasks: reports add them up."""

MOST = 2_000
"""Rows a statement may visit: a tenth of the tasks there are. A page shows a hundred."""


@pytest.fixture
def people(history, db):
    """Someone with a thousand tasks, an admin with as many, and someone who has none yet."""
    User.objects.filter(username__in=("fake-1", "fake-2")).update(is_active=True)
    User.objects.filter(username="fake-2").update(is_staff=True, is_superuser=True)
    return {
        "member": User.objects.get(username="fake-1"),
        "admin": User.objects.get(username="fake-2"),
        "newcomer": User.objects.create_user("newcomer", "new@example.com", "a long password"),
    }


def addresses():
    """The pages by name; they are built when the history is there."""
    task = Task.objects.filter(visibility="team", state="completed", subjects__isnull=False).first()
    output = Output.objects.filter(task__visibility="team", state="stored").first()
    image = TaskImage.objects.filter(task__visibility="team").first().image_id
    oldest = Task.objects.order_by("created_at").first()
    return {
        "studio": "/",
        "studio, filled": f"/?from={task.pk}",
        "studio, mine": "/?whose=mine",
        "gallery": "/tasks/",
        "gallery, mine": "/tasks/?whose=mine",
        "older": older(),
        "one model": "/tasks/?model=viduq1_img2video&whose=mine",
        "one model, oldest": "/tasks/?model=viduq1_img2video&sort=oldest",
        "images": "/tasks/?kind=image&until=2026-10-01",
        "of one": "/tasks/?owner=fake-3",
        "lost": "/tasks/?state=lost",
        "with a subject": "/tasks/?subject=fake_1",
        "with a subject, of one": "/tasks/?subject=fake_1&owner=fake-3",
        "lists of filters": "/tasks/facets/?kind=image",
        "task": task.get_absolute_url(),
        "oldest task": oldest.get_absolute_url(),
        "nothing new": "/tasks/changes/",
        "nothing new, mine": "/tasks/changes/?whose=mine",
        "some news": f"/tasks/changes/?since={head() - 30}",
        "some news, mine": f"/tasks/changes/?since={head() - 400}&whose=mine",
        "all is new": "/tasks/changes/?since=0",
        "all is new, mine": "/tasks/changes/?since=0&whose=mine",
        "subjects": "/subjects/",
        "subject": "/subjects/fake_1/",
        "keys": "/keys/",
        "account": "/account/",
        "engine": "/engine/",
        "usage": "/usage/",
        "usage by subject": "/usage/?by=subject&by=model",
        "tasks behind a figure": "/usage/tasks/?model=viduq1_img2video",
        "wasted": "/usage/tasks/?only=wasted",
        "admin": "/admin/",
        "output": reverse("output", args=[output.pk]),
        "poster": reverse("output-poster", args=[output.pk]),
        "image": reverse("image", args=[image]),
        "image thumbnail": reverse("image-thumbnail", args=[image]),
        "readyz": "/readyz",
        **lists(),
    }


def lists():
    """Django's admin, with everything that its lists offer."""
    filters = {
        **{f"state {state}": f"task/?state__exact={state}" for state in Task.State.values},
        **{f"visibility {v}": f"task/?visibility__exact={v}" for v in Visibility.values},
        "of a year": "task/?created_at__gte=2026-01-01T00%3A00Z&created_at__lt=2027-01-01T00%3A00Z",
        "counted": "task/?_facets=True",
        "in another order": "task/?o=3.-4",
        "events in another order": "taskevent/?o=3",
        "results in another order": "output/?o=-5",
    }
    kinds = ("task", "output", "taskevent", "auditevent", "apikey", "subject", "user")
    return {
        f"admin, {name}": f"/admin/generation/{path}"
        for name, path in filters.items() | {(kind, f"{kind}/") for kind in kinds}
    }


def head():
    return Task.objects.order_by("-revision").values_list("revision", flat=True).first()


def older():
    """The address of the page half a history back."""
    at, pk = Task.objects.order_by("-created_at").values_list("created_at", "pk")[TASKS // 2]
    return f"/tasks/?before={places.cursor_of(at, pk)}"


def answers(client, address, **headers):
    """The status, and what is wrong with the statements that made the page."""
    with counted() as work:
        status = client.get(address, headers=headers).status_code
    wrong = [
        f"{complaint}\n  {statement.sql}"
        for statement in work.statements
        if not any(table in statement.sql for table in ROLL_UP)
        for complaint in complaints(statement, MOST)
    ]
    return status, wrong


def closed():
    """What is there for admins only."""
    return dict.fromkeys(("engine", "admin", *lists()), 404)


EXPECTED = {"nothing new": 204, "nothing new, mine": 204, "readyz": 503}
BY_PERSON = {
    "member": closed(),
    "admin": {},
    "newcomer": closed() | {"some news, mine": 204, "all is new, mine": 204},
}


@pytest.mark.parametrize("who", BY_PERSON)
def test_no_page_reads_history(who, people, client_for, settings, history, monkeypatch):
    settings.MEDIA_ROOT = history / "media"
    # How many of the latest the engine checks and filters count: as small a share as in a real history.
    monkeypatch.setattr(invariants, "RECENT", 100)
    monkeypatch.setattr(counting, "MOST", 200)
    task_counts.tasks_by_state()
    client = client_for(people[who])
    expected = EXPECTED | BY_PERSON[who]
    found = {name: answers(client, address) for name, address in addresses().items()}
    assert {name: status for name, (status, _) in found.items()} == {
        name: expected.get(name, 200) for name in found
    }
    assert [(name, *wrong) for name, (_, wrong) in found.items() if wrong] == []


def test_metrics_read_no_history(people, client, settings, monkeypatch):
    settings.METRICS_TOKEN = "token"
    bearer = {"authorization": "Bearer token"}
    # What has ended is counted once an hour; afterwards no scrape counts it again.
    first = client.get("/metrics", headers=bearer).content.decode()
    with counted() as work:
        response = client.get("/metrics", headers=bearer)
    assert [c for s in work.statements for c in complaints(s, MOST)] == []
    ended = Task.objects.filter(state="completed").count()
    assert f'viduweb_tasks{{state="completed"}} {ended}.0\n' in response.content.decode()
    assert first.count("viduweb_tasks{") == len(Task.State)
