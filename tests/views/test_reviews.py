"""Approved, needs work, rejected: who says it, who sees it where, and what was said before."""

import re
from threading import Thread

import pytest
from django.db import connection

from generation.gallery.reviewing import review
from generation.models import Review, Task, TaskEvent
from tests.factories import make_output, make_task

HX = {"HX-Request": "true"}


@pytest.fixture
def film(alice):
    task = make_task(alice)
    make_output(task)
    return task


def say(client, task, verdict, **more):
    return client.post(f"/tasks/{task.pk}/review/", {"verdict": verdict}, **more)


def test_it_works_without_scripts_and_the_last_word_holds(client_for, alice, bob, film):
    mine, theirs = client_for(alice), client_for(bob)
    assert say(theirs, film, "needs-work").url == f"/tasks/{film.pk}/"
    say(mine, film, "approved")
    say(mine, film, "approved")
    found = Review.objects.get()
    assert (found.verdict, found.by, found.made_at) == ("approved", alice, film.created_at)
    for address in (f"/tasks/{film.pk}/", f"/tasks/{film.pk}/viewer/"):
        html = theirs.get(address).content.decode()
        assert re.search(r'value="none"\s+aria-pressed="true">', html)
        assert "Approved by alice" in html
    say(theirs, film, "none")
    assert not Review.objects.exists()
    said = list(TaskEvent.objects.filter(task=film, kind="reviewed").values_list("text", "who"))
    assert said == [
        ("Needs work by bob.", bob.pk),
        ("Approved by alice.", alice.pk),
        ("Review taken back by bob.", bob.pk),
    ]
    assert "Needs work by bob." in mine.get(f"/tasks/{film.pk}/").content.decode()


def test_the_tile_has_a_mark_which_open_galleries_get_and_the_address_filters(
    client_for, alice, bob, film, django_assert_max_num_queries
):
    other = make_task(bob)
    make_output(other)
    client = client_for(alice)
    cursor = re.search(r'data-cursor="(\d+)"', client.get("/tasks/").content.decode())[1]
    say(client_for(bob), film, "rejected", headers=HX)
    news = client.get(f"/tasks/changes/?since={cursor}").content.decode()
    assert news.count("<article") == 1
    assert 'class="verdict rejected" title="Rejected"' in news
    assert 'video, 0:05, Rejected"' in news
    for query, shown in {
        "review=rejected": [film],
        "review=approved": [],
        "review=rejected&whose=mine": [film],
        "review=rejected&owner=bob": [],
        "review=rejected&favourite=1": [],
    }.items():
        with django_assert_max_num_queries(10):
            html = client.get(f"/tasks/?{query}").content.decode()
        assert re.findall(r'<article id="task-(\S+)"', html) == [str(task.pk) for task in shown]
    html = client.get("/tasks/?review=perfect").content.decode()
    assert html.count("<article") == 2
    assert "is no review" in html
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of one row as it is
        rows = Review.objects.filter(verdict="rejected").order_by("-made_at", "-task_id")
        assert "review_feed" in rows.explain()


def test_who_does_not_see_it_says_nothing_and_an_admin_only_reads(client_for, bob, admin, film):
    say(client_for(bob), film, "needs-work")
    Task.objects.filter(pk=film.pk).update(visibility="private")
    for who in (bob, admin):
        assert say(client_for(who), film, "approved").status_code == 404
        assert not Review.objects.visible_to(who).exists()
        assert "<article" not in client_for(who).get("/tasks/?review=needs-work").content.decode()
    page = client_for(admin).get(f"/tasks/{film.pk}/").content.decode()
    assert "Needs work by bob" in page
    assert 'name="verdict"' not in page


@pytest.mark.parametrize("verdict", ["", "perfect", "<script>"])
def test_what_nobody_offers_is_refused(client_for, alice, film, verdict):
    for more in ({}, {"headers": HX}):
        page = say(client_for(alice), film, verdict, **more)
        assert page.status_code == 422
        assert page.content.decode().count("say that it needs work, or reject it.") == 1
    assert not Review.objects.exists()


def test_what_has_no_result_is_not_reviewed(client_for, alice):
    waiting = make_task(alice, "queued")
    page = say(client_for(alice), waiting, "approved", headers=HX)
    assert page.status_code == 422
    assert "There is no result to review yet." in page.content.decode()
    assert not TaskEvent.objects.filter(kind="reviewed").exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_say_the_same_at_once_one_is_written_down(alice, bob, film):
    def press(who):
        try:
            review(film, who, "approved")
        finally:
            connection.close()

    both = [Thread(target=press, args=[who]) for who in (alice, bob) * 5]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert Review.objects.get().verdict == "approved"
    assert TaskEvent.objects.filter(kind="reviewed").count() == 1
