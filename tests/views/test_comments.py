"""Comments on a result: written, changed, deleted, read; who is told, and who is not."""

import re
from html import escape

import pytest

from generation.forms.comments import CommentForm
from generation.gallery import commenting
from generation.models import AuditEvent, Comment, Notice, Task, User
from tests.factories import make_output, make_task

HX = {"HX-Request": "true"}


@pytest.fixture
def film(alice):
    task = make_task(alice)
    make_output(task)
    return task


def say(client, task, text, at="", **more):
    return client.post(f"/tasks/{task.pk}/comments/", {"text": text, "at": at}, **more)


def test_it_works_without_scripts(client_for, alice, bob, film):
    mine, theirs = client_for(alice), client_for(bob)
    assert say(theirs, film, "Too dark here", "0:03.25").url == f"/tasks/{film.pk}/#comments"
    say(mine, film, "Agreed")
    found = Comment.objects.get(member=bob)
    for address in (f"/tasks/{film.pk}/", f"/tasks/{film.pk}/viewer/"):
        html = mine.get(address).content.decode()
        assert html.index("Too dark here") < html.index("Agreed")
        assert re.search(r'data-moment="3.250"\s+href="/media/outputs/\S+/#t=3.250">0:03.2<', html)
        assert html.count(">Edit</a>") == 1
    page = theirs.get(f"/comments/{found.pk}/").content.decode()
    assert "Too dark here</textarea>" in page
    assert 'value="0:03.2"' in page
    theirs.post(f"/comments/{found.pk}/", {"text": "Fine now", "at": ""})
    assert "Fine now" in mine.get(f"/tasks/{film.pk}/").content.decode()
    found.refresh_from_db()
    assert (found.second, bool(found.edited_at)) == (None, True)
    theirs.post(f"/comments/{found.pk}/delete/")
    assert list(Comment.objects.values_list("text", flat=True)) == ["Agreed"]
    assert not AuditEvent.objects.filter(what="comment.deleted").exists()


@pytest.mark.parametrize(
    ("text", "at", "sentence"),
    [
        (" ", "", "Write something first."),
        ("x" * 2001, "", "at most 2,000 characters"),
        ("Look", "soon", "Write a time such as"),
        ("Look", "-1", "Write a time such as"),
        ("Look", "1e3", "Write a time such as"),
        ("Look", "0:05.2", "The film is not that long."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    client_for, bob, film, text, at, sentence
):
    for more in ({}, {"headers": HX}):
        page = say(client_for(bob), film, text, at, **more)
        assert page.status_code == 422
        html = page.content.decode()
        assert html.count(sentence) == 1
        assert text.strip() in html
        assert at in html
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("typed", "seconds"), [("62,5", 62.5), ("1:02.5", 62.5), ("1:00:02", 3602.0), ("99:59", 5999.0)]
)
def test_moments_are_hours_minutes_and_seconds(film, typed, seconds):
    form = CommentForm(film, {"text": "Look", "at": typed})
    form.length = 6000.0
    assert form.is_valid()
    assert form.cleaned_data["at"] == seconds


def test_hostile_text_stays_text(client_for, alice, bob, film):
    hostile = "<script>alert(1)</script>\"'{{7*7}}\n@x<b>"
    say(client_for(bob), film, hostile)
    html = client_for(alice).get(f"/tasks/{film.pk}/").content.decode()
    assert "<script>alert" not in html
    assert escape("<script>alert(1)</script>\"'{{7*7}}", quote=False)[:30] in html
    assert "@x</mark>&lt;b&gt;" in html


def test_a_mentioned_member_is_told_once_and_who_may_not_see_it_is_not(
    client_for, make_user, alice, bob, film
):
    make_user("bob.b")
    li = make_user("小李")
    page = say(client_for(alice), film, "@BOB and @小李看看, @nobody, me@bob, @alice", headers=HX)
    assert page.status_code == 200
    told = Notice.objects.values_list("user__username", "kind", "link")
    link = f"/tasks/{film.pk}/#comments"
    assert set(told) == {("bob", "mentioned", link), ("小李", "mentioned", link)}
    assert "“A calm sea”: @BOB and" in Notice.objects.filter(user=li).get().text
    found = Comment.objects.get()
    client_for(alice).post(f"/comments/{found.pk}/", {"text": "@bob and @bob.b."})
    assert Notice.objects.filter(user=bob).count() == 1
    assert Notice.objects.filter(user__username="bob.b").count() == 1
    Notice.objects.all().delete()
    Task.objects.filter(pk=film.pk).update(visibility="private")
    html = say(client_for(alice), film, "@bob @小李 look", headers=HX).content.decode()
    assert "bob, 小李 do not see this result, and got no notice." in html
    plain = client_for(alice)
    say(plain, film, "@bob")
    html = plain.get(f"/tasks/{film.pk}/").content.decode()
    assert "bob does not see this result, and got no notice." in html
    assert not Notice.objects.exists()


def test_only_the_writer_changes_one_and_admins_delete_what_they_see(
    client_for, alice, bob, admin, film
):
    say(client_for(bob), film, "Mine")
    found = Comment.objects.get()
    for who in (alice, admin):
        assert client_for(who).get(f"/comments/{found.pk}/").status_code == 404
        assert client_for(who).post(f"/comments/{found.pk}/", {"text": "x"}).status_code == 404
    assert client_for(alice).post(f"/comments/{found.pk}/delete/").status_code == 404
    Task.objects.filter(pk=film.pk).update(visibility="private")
    for who in (bob, admin):
        assert client_for(who).post(f"/comments/{found.pk}/delete/").status_code == 404
        assert say(client_for(who), film, "x").status_code == 404
        assert not Comment.objects.visible_to(who).exists()
    assert client_for(bob).get(f"/tasks/{film.pk}/comments/").status_code == 404
    assert "Mine" in client_for(admin).get(f"/tasks/{film.pk}/comments/").content.decode()
    assert AuditEvent.objects.filter(what="task.opened-private", who=admin).exists()
    Task.objects.filter(pk=film.pk).update(visibility="team")
    assert client_for(admin).post(f"/comments/{found.pk}/delete/").status_code == 302
    assert AuditEvent.objects.get(what="comment.deleted").target == f"bob on {film.pk}"
    assert not Comment.objects.exists()


def test_others_see_it_on_an_open_page_and_long_talks_come_in_parts(
    client_for, alice, bob, film, monkeypatch, django_assert_num_queries
):
    client, url = client_for(alice), f"/tasks/{film.pk}/comments/"
    seen = re.search(r'id="comments-seen" value="(\S+)"', client.get(url).content.decode())[1]
    assert client.get(url, {"seen": seen}).status_code == 204
    say(client_for(bob), film, "Number 1")
    html = client.get(url, {"seen": seen}).content.decode()
    assert "Number 1" in html
    assert 'hx-swap-oob="true"' in html
    assert "<textarea" not in html
    monkeypatch.setattr(commenting, "PAGE", 2)
    for number in (2, 3):
        say(client_for(bob), film, f"Number {number}")
    html = client.get(f"/tasks/{film.pk}/").content.decode()
    assert re.findall(r"Number \d", html) == ["Number 2", "Number 3"]
    earlier = re.search(r'href="(/tasks/\S+\?comments=\S+)#comments"', html)[1]
    html = client.get(earlier).content.decode()
    assert re.findall(r"Number \d", html) == ["Number 1"]
    assert 'id="comments-poll"' not in html
    with django_assert_num_queries(1):
        assert len(commenting.page(film).comments) == 2
    assert client.get(f"/tasks/{film.pk}/?comments=nowhere").status_code == 400
    monkeypatch.setattr(Comment, "MOST", 3)
    page = say(client_for(bob), film, "One too many")
    assert page.status_code == 422
    assert "A result has at most 3 comments." in page.content.decode()


def named(client, task, typed):
    html = client.get(f"/tasks/{task.pk}/members/", {"q": typed}).content.decode()
    return re.findall(r'data-name="([^"]*)"', html)


def test_names_are_offered_of_those_who_see_it(client_for, alice, bob, admin, film):
    User.objects.create_user("boris", "boris@example.com", "x", first_name="Anna")
    User.objects.create_user("bo-left", "left@example.com", "x", is_active=False)
    client = client_for(alice)
    assert named(client, film, "bo") == ["bob", "boris"]
    assert named(client, film, "B") == ["bob", "boris"]
    assert named(client, film, "alice") == []
    assert named(client, film, "%_\0") == []
    assert len(named(client, film, "")) == User.objects.filter(is_active=True).count() - 1
    Task.objects.filter(pk=film.pk).update(visibility="private")
    assert named(client, film, "bo") == []
    for who in (bob, admin):
        assert client_for(who).get(f"/tasks/{film.pk}/members/").status_code == 404
