"""Subjects keep every save; nobody's save is lost, and none lands on one that was not seen."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection

from generation.library import proposals
from generation.library import subjects as library
from generation.library.handles import as_handle, free_handle, taken
from generation.library.subjects import Content
from generation.lifecycle.enqueue import Input
from generation.models import Subject, SubjectVersion, TaskSubject, unused_images
from tests.factories import make_subject, make_task
from tests.forms.helpers import images_of


@pytest.fixture
def content(alice):
    (image,) = images_of(alice, 1)
    return Content("anna", "Anna", "", "", "team", [Input(image=image)])


@pytest.fixture
def anna(alice, content):
    return library.create(content, alice)


def whats(subject):
    return list(subject.versions.order_by("number").values_list("number", "what"))


def test_each_save_is_a_version(alice, bob, anna, content):
    (second,) = images_of(alice, 1, first=1)
    library.save(anna, replace(content, title="Anna B"), alice)
    more = replace(content, title="Anna B", inputs=[*content.inputs, Input(image=second)])
    saved = library.save(anna, more, bob)
    assert whats(anna) == [(1, "First version"), (2, "Title"), (3, "Picture added")]
    assert saved.version == 3
    assert SubjectVersion.objects.get(number=3).by == bob
    assert [v.images.count() for v in anna.versions.order_by("number")] == [1, 1, 2]


def test_saving_the_same_is_no_version(alice, anna, content):
    library.save(anna, content, alice)
    assert whats(anna) == [(1, "First version")]


def test_a_save_on_an_old_version_is_refused(alice, bob, anna, content):
    library.save(anna, replace(content, title="Mine"), alice, based_on=1)
    with pytest.raises(library.ChangedMeanwhile, match="by alice: Title"):
        library.save(anna, replace(content, title="Late"), bob, based_on=1)
    anna.refresh_from_db()
    assert anna.title == "Mine"


def test_an_old_version_comes_back_as_a_new_one(alice, anna, content):
    library.save(anna, replace(content, title="Other", visibility="private"), alice)
    back = library.restore_version(anna, anna.versions.get(number=1), alice)
    assert (back.title, back.version, back.visibility) == ("Anna", 3, "private")
    assert whats(anna)[-1] == (3, "Version 1 restored")


def test_a_subject_older_than_versions_gets_its_first_before_it_changes(alice):
    old = make_subject(alice, "rex")
    changed = replace(library.content_of(library.version_of(old)), title="King")
    library.save(old, changed, alice)
    assert whats(old) == [(1, "First version"), (2, "Title")]
    assert old.versions.get(number=1).title == "Rex"


def test_pictures_of_old_versions_are_still_used(alice, anna, content):
    (second,) = images_of(alice, 1, first=1)
    library.save(anna, replace(content, inputs=[Input(image=second)]), alice)
    assert not unused_images().exists()


def test_the_team_does_not_see_what_was_saved_in_private(alice, bob, content):
    from generation.models import images_visible_to

    made = library.create(replace(content, visibility="private"), alice)
    (second,) = images_of(alice, 1, first=1)
    library.save(made, replace(content, inputs=[Input(image=second)]), alice)
    assert set(images_visible_to(bob)) == {second}
    assert [v.number for v in SubjectVersion.objects.visible_to(bob)] == [2]


def test_archived_and_brought_back_under_another_handle(alice, anna, content):
    library.archive(anna)
    library.create(content, alice)
    with pytest.raises(library.HandleTaken):
        library.bring_back(anna, "anna", alice)
    back = library.bring_back(anna, "anna_2", alice)
    assert (back.archived_at, back.handle, back.version) == (None, "anna_2", 2)


def test_only_what_was_never_used_is_deleted(alice, anna, content):
    task = make_task(alice)
    TaskSubject.objects.create(task=task, subject=anna, handle="anna", title="Anna", position=0)
    with pytest.raises(library.InUse):
        library.delete(anna)
    other = library.create(replace(content, handle="other"), alice)
    library.delete(other)
    assert list(Subject.objects.all()) == [anna]


def test_handed_over_under_a_handle_that_is_free_there(alice, bob, content):
    mine = library.create(replace(content, visibility="private"), alice)
    library.create(replace(content, visibility="private"), bob)
    given = library.hand_over(mine, bob, alice)
    assert (given.owner, given.handle) == (bob, "anna_2")
    assert whats(given)[-1] == (2, "Handed over to bob")


def test_a_copy_is_private_and_ones_own(alice, bob, anna):
    mine = library.copy(anna, bob)
    assert (mine.owner, mine.visibility, mine.handle) == (bob, "private", "anna")
    assert mine.images.get().image == anna.images.get().image


def test_a_proposal_becomes_a_version_in_the_name_of_who_made_it(alice, bob, anna, content):
    wish = proposals.propose(anna, replace(content, title="Anna C"), bob, "Nicer")
    proposals.accept(wish, alice, "Thanks")
    anna.refresh_from_db()
    assert anna.title == "Anna C"
    assert anna.versions.get(number=2).by == bob
    wish.refresh_from_db()
    assert (wish.state, wish.answered_by, wish.answer) == ("accepted", alice, "Thanks")
    with pytest.raises(proposals.Answered):
        proposals.decline(wish, alice)


def test_a_proposal_for_an_older_version_is_not_accepted(alice, bob, anna, content):
    wish = proposals.propose(anna, replace(content, title="Anna C"), bob, "")
    library.save(anna, replace(content, title="Anna D"), alice)
    with pytest.raises(library.ChangedMeanwhile):
        proposals.accept(wish, alice)
    wish.refresh_from_db()
    assert wish.state == "open"
    proposals.decline(wish, alice, "Too late")


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_on_one_version(alice, bob, content):
    made = library.create(content, alice)
    together = Barrier(2)

    def save(user):
        together.wait()
        try:
            library.save(made, replace(content, title=user.username), user, based_on=1)
        except library.ChangedMeanwhile as other:
            return other.current.by.username
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(save, (alice, bob)))
    winner = Subject.objects.get().title
    assert sorted(said) == sorted(["saved", winner])
    assert whats(made) == [(1, "First version"), (2, "Title")]


@pytest.mark.django_db(transaction=True)
def test_two_of_one_handle_at_once(alice, bob, content):
    together = Barrier(2)

    def create(user):
        together.wait()
        try:
            library.create(content, user)
        except library.HandleTaken:
            return "taken"
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(create, (alice, bob))) == ["made", "taken"]


@pytest.mark.parametrize(
    ("title", "handle"),
    [("Zoë Müller", "zoe_muller"), ("  The 2nd!  ", "the_2nd"), ("猫", ""), ("x" * 40, "x" * 32)],
)
def test_a_handle_of_a_title(title, handle):
    assert as_handle(title) == handle


def test_a_free_handle(alice, bob, anna):
    assert free_handle("anna", "team", bob) == "anna_2"
    assert free_handle("anna", "private", bob) == "anna"
    assert free_handle("猫", "team", bob) == "subject"
    assert free_handle("new", "team", bob) == "new_2"
    assert "word of the app" in taken("new", "team", bob, bob)
