"""Every page with a long history behind it: no statement reads or sorts the whole of it."""

import pytest
from django.urls import resolve

from generation.gallery import bulk_jobs, counting
from generation.lifecycle import task_counts
from generation.models import BulkJob, CollectionItem, Task, User
from generation.monitoring import invariants
from tests.views.kinds import POST_ONLY
from tests.views.test_walker import NAMED

from .addresses import LEFT_OUT, addresses, lists
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

SELECTED = 24
"""Results at once; by five of them SQLite looks up each, by more it may read all that one may see."""


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


def answers(client, address, **headers):
    """The status, and what is wrong with the statements that made the page."""
    with counted() as work:
        answer = client.get(address, headers=headers)
        if answer.streaming:
            assert b"".join(answer)
    return answer.status_code, wrong_with(work)


def wrong_with(work):
    return [
        f"{complaint}\n  {statement.sql}"
        for statement in work.statements
        if not any(table in statement.sql for table in ROLL_UP)
        for complaint in complaints(statement, most_of(statement))
    ]


def most_of(statement):
    """What stands in each collection is counted: so many rows as were put there by hand, and their tasks."""
    counts = 'COUNT("generation_collectionitem"' in statement.sql
    return max(MOST, 2 * CollectionItem.objects.count()) if counts else MOST


OF_ADMINS = (
    *("engine", "admin", "team", "member", "audit", "audit, as a table", "webhooks"),
    *("budgets", "alerts", "bills", "bill", "bill, as a table"),
    *lists(),
)
OF_OWNERS = ("collection, to share", "task, to share", "subject, to change")
OF_OTHERS = ("subject, to propose",)
"""Who may edit it proposes nothing."""

EXPECTED = {
    "nothing new": 204,
    "nothing new, mine": 204,
    "readyz": 503,
    "collection, as a zip": 302,
}
BY_PERSON = {
    "member": dict.fromkeys((*OF_ADMINS, *OF_OTHERS), 404),
    "admin": dict.fromkeys(OF_OTHERS, 404),
    "newcomer": dict.fromkeys((*OF_ADMINS, *OF_OWNERS), 404)
    | {"some news, mine": 204, "all is new, mine": 204},
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
    found = {name: answers(client, address) for name, address in addresses(people[who]).items()}
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


def test_every_page_is_asked_or_left_out_for_a_reason(people):
    asked = {
        resolve(address.partition("?")[0]).url_name
        for address in addresses(people["member"]).values()
        if not address.startswith("/admin/")
    }
    assert asked & LEFT_OUT.keys() == set()
    assert asked | LEFT_OUT.keys() == NAMED - POST_ONLY


def some_of(user):
    """Results of one's own, from the whole time."""
    own = Task.objects.filter(owner=user, state="completed", visibility="team")
    pks = own.order_by("created_at").values_list("pk", flat=True)
    return [str(pk) for pk in pks[:: len(pks) // SELECTED]][:SELECTED]


MODEL = "viduq1_img2video"
ALL = f"whose=mine&model={MODEL}"


def while_typing():
    fields = {"model": MODEL, "prompt": "A calm sea @fake_1"}
    return {
        "composer": ("/composer/", fields),
        "price": ("/composer/?part=price", fields),
        "options": ("/composer/?part=options", fields),
        "draft": ("/drafts/img2video/", fields),
        "afresh": ("/drafts/img2video/afresh/", fields),
    }


def of_one(task):
    given = {
        "favourite": {},
        "rate": {"rating": "4"},
        "review": {"verdict": "approved"},
        "tag": {"tag": "sea"},
        "note": {"text": "Fine", "visibility": "private"},
        "comments": {"text": "Fine, @fake-3"},
        "trash": {},
        "restore": {},
    }
    return {name: (f"/tasks/{task}/{name}/", fields) for name, fields in given.items()}


def of_many(tasks):
    given = {
        "favourite": {"action": "favourite"},
        "no favourite": {"action": "unfavourite"},
        "tag": {"action": "tag", "tag": "sea"},
        "no tag": {"action": "untag", "tag": "sea"},
        "review": {"verdict": "approved"},
        "collect": {"action": "collect", "title": "Sea"},
        "show": {"visibility": "private"},
        "collect all": {"action": "collect", "title": "All", "all": "1", "query": ALL},
        "trash": {"action": "trash"},
    }
    return {
        "zip": ("/tasks/zip/", {"tasks": tasks}),
        "zip, later": ("/tasks/zip/?later=1", {"tasks": tasks}),
        **{
            f"{name} of many": ("/tasks/bulk/", {"tasks": tasks} | fields)
            for name, fields in given.items()
        },
        "out of the trash": ("/trash/restore/", {"tasks": tasks}),
    }


def test_nothing_that_is_done_reads_history(people, client_for, settings, history):
    settings.MEDIA_ROOT = history / "media"
    client, tasks = client_for(people["member"]), some_of(people["member"])
    found = {}
    for name, (address, fields) in (while_typing() | of_one(tasks[0]) | of_many(tasks)).items():
        with counted() as work:
            answer = client.post(address, fields, follow="later" in address)
        if answer.streaming:  # and holds its turn until it is read
            assert b"".join(answer)
        found[name] = answer.status_code, wrong_with(work)
    shown = {
        "composer": 200,
        "price": 200,
        "options": 200,
        "draft": 204,
        "zip": 200,
        "zip, later": 200,
    }
    assert {name: status for name, (status, _) in found.items()} == {
        name: shown.get(name, 302) for name in found
    }
    assert [(name, *wrong) for name, (_, wrong) in found.items() if wrong] == []


def test_nor_does_a_worker_that_does_it_to_all(people, client_for):
    client = client_for(people["member"])
    wish = {"action": "favourite", "all": "1", "query": "whose=mine"}
    assert client.post("/tasks/bulk/", wish).status_code == 302
    job = BulkJob.objects.get()
    with counted() as work:
        bulk_jobs.work(job.pk)
    job.refresh_from_db()
    assert job.done > 2 * bulk_jobs.AT_ONCE
    assert wrong_with(work) == []
