"""Whatever a gallery shows, none of its questions reads a table of results from end to end."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.gallery import bulk_jobs, remarks
from generation.models import BulkJob, Collection, Favourite, Task, TaskSubject, words
from tests.factories import make_key, make_output, make_subject, make_task

BIG = {
    "task", "taskwords", "taskimage", "tasksubject", "output", "favourite", "rating", "tag", "note", "review",
    "collectionitem", "taskevent",
}  # fmt: skip
NAMED = re.compile(r'"generation_(\w+)"(?: (?:AS )?"?([A-Z]\w*)"?)?')
NEWEST_TAGS = 'ORDER BY "generation_tag"."id" DESC LIMIT'
"""The order of the table itself: SQLite calls that a scan, and it ends at the limit."""

LISTS = [
    "/tasks/?{}",
    "/tasks/facets/?{}",
    "/tasks/rail/?{}",
    "/tasks/changes/?since=0&{}",
]
ASKED = [
    "", "whose=mine", "owner=bob", "model=viduq1_img2video", "kind=image&since=2026-01-01", "state=failed",
    "state=running", "state=failed&owner=bob", "subject=rex", "favourite=1", "rating=4", "tag=x", "tag=x&favourite=1",
    "subject=rex&rating=4&tag=x", "q=calm", "q=猫", "q=calm&tag=x", "inputs={task}", "prompt={task}", "key={key}",
    "sort=oldest", "sort=rating", "sort=cost", "sort=rating&tag=x", "sort=cost&tag=x", "sort=cost&q=calm",
    "sort=cost&state=failed", "sort=rating&whose=mine", "before={day}", "sort=oldest&after={day}",
]  # fmt: skip


def plan_of(cursor, sql):
    """Its lines, with the tables that have another name in it."""
    if connection.vendor == "postgresql":
        cursor.execute(f"EXPLAIN {sql}")
        return [line for (line,) in cursor.fetchall()]
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    return [row[-1] for row in cursor.fetchall()]


def read_whole(line, names):
    """The table that this line of a plan reads from end to end; "" if it does not."""
    if connection.vendor == "postgresql":
        found = re.search(r"Seq Scan on generation_(\w+)", line)
        return found[1] if found else ""
    found = re.match(r"SCAN (?:TABLE )?(\w+)", line)
    if not found or "USING" in line or "VIRTUAL" in line:
        return ""
    return names.get(found[1], found[1].removeprefix("generation_"))


@pytest.fixture
def data(alice, bob):
    now = timezone.now()
    key, rex = make_key(alice), make_subject(alice, "rex")
    task = make_task(alice, key=key, created_at=now, params={"prompt": "Calm 猫"})
    make_output(task)
    for state in ("failed", "processing"):
        make_task(bob, state, created_at=now - timedelta(days=400))
    words.fill()
    TaskSubject.objects.create(task=task, subject=rex, handle="rex", position=0, made_at=now)
    Favourite.objects.create(member=alice, task=task, made_at=now)
    remarks.rate(task, alice, 4)
    remarks.add_tags(task, alice, ["x"])
    remarks.write_note(task, alice, "Mine", "private")
    make_task(alice, trashed_at=now)
    shelf = Collection.objects.create(owner=alice, title="C", visibility="team")
    shelf.items.create(task=task, position=1)
    return {"task": task.pk, "key": key.pk, "day": timezone.localdate(), "collection": shelf.pk}


def whole_tables(capture):
    found = set()
    with connection.cursor() as cursor:
        for sql in {query["sql"] for query in capture if query["sql"].startswith("SELECT")}:
            names = {alias: table for table, alias in NAMED.findall(sql) if alias}
            for line in plan_of(cursor, sql):
                table = read_whole(line, names)
                if table in BIG and not (table == "tag" and NEWEST_TAGS in sql):
                    found.add((table, sql, line))
    return found


@pytest.fixture
def careful(db):
    """PostgreSQL reads a table of three rows whole, unless it need not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


@pytest.mark.parametrize("asked", ASKED)
def test_no_list_reads_a_table_of_results_whole(client_for, alice, data, careful, asked):
    client = client_for(alice)
    for place in LISTS:
        with CaptureQueriesContext(connection) as capture:
            answer = client.get(place.format(asked.format(**data)))
        assert answer.status_code in (200, 204), place
        assert whole_tables(capture) == set(), place


def test_nor_do_trash_collections_and_the_worker(client_for, alice, data, careful):
    client = client_for(alice)
    for address in (
        "/trash/",
        "/collections/",
        f"/collections/{data['collection']}/",
        "/searches/",
    ):
        with CaptureQueriesContext(connection) as capture:
            assert client.get(address).status_code == 200
        assert whole_tables(capture) == set(), address
    for action, query in (("favourite", "tag=x"), ("trash", "whose=mine"), ("restore", "")):
        job = BulkJob.objects.create(by=alice, action=action, query=query, sameness=action)
        job.value, job.edge = timezone.now().isoformat(), "x" if action == "restore" else ""
        job.save()
        with CaptureQueriesContext(connection) as capture:
            bulk_jobs.work(job.pk)
        assert whole_tables(capture) == set(), action


def test_it_would_be_noticed(alice, data, careful):
    with CaptureQueriesContext(connection) as capture:
        list(Task.objects.filter(gateway_status="x"))
    assert whole_tables(capture)
