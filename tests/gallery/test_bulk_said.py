"""Tags and reviews for many results at once: by the request, and by a worker."""

import pytest

from generation.gallery import bulk_jobs
from generation.models import BulkJob, Review, Tag, TaskEvent, words
from generation.models.words import TaskWords
from tests.factories import make_output, make_task


@pytest.fixture
def results(alice):
    tasks = [make_task(alice, params={"prompt": f"Sea {number}"}) for number in range(3)]
    for task in tasks:
        make_output(task)
    words.fill()
    return tasks


def bulk(client, tasks, htmx=True, **data):
    headers = {"hx_request": "true"} if htmx else {}
    pks = [str(task.pk) for task in tasks]
    return client.post("/tasks/bulk/", {"tasks": pks, **data}, headers=headers)


def press(client, **data):
    return client.post("/tasks/bulk/", {"all": "1", "query": "", **data})


def finish():
    job = BulkJob.objects.get(finished_at=None)
    bulk_jobs.work(job.pk)
    job.refresh_from_db()
    return job


def test_tags_are_put_on_all_and_taken_off_and_found(client_for, bob, results):
    client = client_for(bob)
    Tag.objects.create(task=results[0], name="hero", made_at=results[0].created_at)
    answer = bulk(client, results, action="tag", tag="Hero, #harbour")
    assert "3 results are tagged “hero”, “harbour”." in answer.content.decode()
    assert (
        Tag.objects.filter(name="hero").count()
        == Tag.objects.filter(by=bob, name="harbour").count()
        == 3
    )
    assert TaskWords.objects.filter(text__contains="harbour hero").count() == 3
    answer = bulk(client, results[:2], action="untag", tag="hero,unknown")
    assert answer.status_code == 200
    assert list(Tag.objects.filter(name="hero").values_list("task", flat=True)) == [results[2].pk]
    assert TaskWords.objects.filter(text__contains="hero").count() == 1


def test_one_without_room_is_named_and_none_is_tagged(client_for, alice, results):
    full = results[1]
    Tag.objects.bulk_create(
        Tag(task=full, name=f"t{number}", made_at=full.created_at) for number in range(Tag.MOST)
    )
    answer = bulk(client_for(alice), results, action="tag", tag="hero")
    assert (answer.status_code, "“Sea 1” has no room" in answer.content.decode()) == (422, True)
    assert not Tag.objects.filter(name="hero").exists()
    assert bulk(client_for(alice), results, action="tag", tag="t3").status_code == 200


def test_a_review_of_all_stands_in_each_timeline_once(client_for, alice, bob, results):
    client = client_for(bob)
    before = {task.revision for task in results}
    assert bulk(client, results[:1], verdict="rejected").status_code == 200
    answer = bulk(client, results, verdict="rejected")
    assert "3 results are reviewed: rejected." in answer.content.decode()
    assert set(Review.objects.values_list("verdict", "by__username")) == {("rejected", "bob")}
    said = TaskEvent.objects.filter(kind="reviewed", text="Rejected by bob.", who=bob)
    assert said.count() == len(set(said.values_list("task", flat=True))) == 3
    for task in results:
        task.refresh_from_db()
    assert before.isdisjoint(now := {task.revision for task in results})
    assert len(now) == 3
    bulk(client, results, verdict="approved")
    assert Review.objects.filter(verdict="approved").count() == 3
    bulk(client, results[:2], verdict="none")
    assert Review.objects.get().task == results[2]
    bare = make_task(alice, "processing", params={"prompt": "Not yet"})
    answer = bulk(client, [bare, results[0]], verdict="approved")
    assert (answer.status_code, "“Not yet” has no result" in answer.content.decode()) == (422, True)
    assert Review.objects.get().task == results[2]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "tag", "tag": " , "}, "Write a tag"),
        ({"action": "tag", "tag": "x" * 41}, "is too long"),
        ({"action": "review", "verdict": "great"}, "Approve it, say"),
        ({"action": "enter", "tag": "hero", "title": "Mine"}, "Press the button"),
        ({"action": "enter"}, "Give the collection a title."),
    ],
)
def test_what_makes_no_sense_is_told(client_for, alice, results, monkeypatch, data, sentence):
    client = client_for(alice)
    answer = bulk(client, results, **data)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    monkeypatch.setattr(bulk_jobs, "AT_ONCE", 1)
    answer = press(client, **data)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not BulkJob.objects.exists()


def test_enter_in_the_field_of_tags_tags_without_scripts(client_for, alice, results):
    assert (
        bulk(client_for(alice), results, htmx=False, action="enter", tag="hero").status_code == 302
    )
    assert Tag.objects.filter(name="hero").count() == 3


def test_a_worker_does_it_and_leaves_what_does_not_allow_it(
    client_for, alice, bob, results, monkeypatch
):
    monkeypatch.setattr(bulk_jobs, "AT_ONCE", 2)
    monkeypatch.setattr(bulk_jobs, "wake", lambda *args: None)
    client, full = client_for(bob), results[1]
    make_task(alice, "processing")
    make_task(alice, visibility="private")
    Tag.objects.bulk_create(
        Tag(task=full, name=f"t{number}", made_at=full.created_at) for number in range(Tag.MOST)
    )
    url = press(client, action="tag", tag="Hero, " + ", ".join("xyz"), whose="all").url
    job = finish()
    assert (job.value, job.seen, job.done) == ("hero,x,y,z", 4, 3)
    assert "left as it is:\n        no room for more tags." in client.get(url).content.decode()
    assert Tag.objects.filter(name="hero").count() == 3
    press(client, action="untag", tag="hero")
    assert (finish().done, Tag.objects.filter(name="hero").count()) == (4, 0)
    url = press(client, verdict="needs-work").url
    assert (finish().done, Review.objects.filter(by=bob, verdict="needs-work").count()) == (3, 3)
    assert "no result to review yet" in client.get(url).content.decode()
    press(client, verdict="none")
    assert (finish().done, Review.objects.exists()) == (3, False)


@pytest.mark.parametrize("data", [{"action": "tag", "tag": "a,b"}, {"verdict": "approved"}])
def test_many_cost_as_many_queries_as_few(client_for, alice, data, django_assert_max_num_queries):
    client = client_for(alice)
    tasks = [make_task(alice) for _ in range(9)]
    for task in tasks:
        make_output(task)
    words.fill()
    counted = []
    for some in (tasks[:2], tasks[2:]):
        with django_assert_max_num_queries(30) as queries:
            bulk(client, some, **data)
        counted.append(len(queries))
    assert counted[0] == counted[1]
