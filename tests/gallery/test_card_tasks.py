"""Tasks for cards are what for_cards loads, whether they were made into instances before or not."""

from uuid import uuid4

import pytest
from django.utils import timezone

from generation.gallery.reviewing import review
from generation.latest import Latest
from generation.models import Favourite, Image, Output, Review, Task, TaskImage, User, card_tasks
from generation.models.card_tasks import IMAGES, OUTPUTS, TASKS, tasks_for_cards
from generation.models.fetched import SIZES
from generation.views.cards import cards
from tests.factories import make_output, make_task
from tests.forms.helpers import images_of


@pytest.fixture
def tasks(alice, bob):
    image, other = images_of(alice, 2)
    made = [make_task(alice, image=image), make_task(bob), make_task(bob, "failed", image=other)]
    for position in range(2):
        make_output(made[0], position=position)
    make_output(made[1])
    review(made[1], alice, "approved")
    Favourite.objects.create(member=alice, task=made[2], made_at=timezone.now())
    return made


def values(row):
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def everything(task):
    """All that a card may look at."""
    said = getattr(task, "review", None)
    return (
        {name: value for name, value in values(task).items() if name != "drawings"},
        {name: getattr(task.owner, name) for name in card_tasks.OF_OWNER},
        said and values(said),
        [values(one) for one in task.outputs.all()],
        [(values(one), one.image and values(one.image)) for one in task.images.all()],
    )


@pytest.mark.parametrize("asked", ["first", "again"])
def test_they_are_as_for_cards_loads_them(tasks, alice, bob, asked, django_assert_num_queries):
    wanted = [tasks[2].pk, tasks[0].pk, uuid4(), tasks[1].pk]
    if asked == "again":
        tasks_for_cards(wanted, bob)
    with django_assert_num_queries(3):
        found, liked = tasks_for_cards(wanted, alice)
        shown = [everything(task) for task in found]
        assert all(one.task is task for task in found for one in task.outputs.all())
    with django_assert_num_queries(3):
        plain = {task.pk: task for task in Task.objects.for_cards()}
        assert shown == [everything(plain[pk]) for pk in wanted if pk in plain]
    assert liked == {tasks[2].pk}
    assert tasks_for_cards(wanted, bob)[1] == set()


def test_an_instance_is_made_once_while_its_rows_are_the_same(tasks, alice, bob):
    (before,), _ = tasks_for_cards([tasks[0].pk], alice)
    assert tasks_for_cards([tasks[1].pk, tasks[0].pk], bob)[0][1] is before
    # Whose heart it has is no matter of the task, nor when its owner was last seen.
    Favourite.objects.create(member=bob, task=before, made_at=timezone.now())
    (again,), liked = tasks_for_cards([tasks[0].pk], bob)
    assert again is before
    assert liked == {before.pk}
    assert not hasattr(before, "liked")
    User.objects.filter(pk=alice.pk).update(last_login=timezone.now())
    assert tasks_for_cards([tasks[0].pk], alice)[0][0] is before
    before.outputs.filter(position=1).update(attempts=7)
    (after,), _ = tasks_for_cards([tasks[0].pk], alice)
    assert after is not before
    assert [one.attempts for one in after.outputs.all()] == [0, 7]
    Output.objects.filter(task=before, position=1).delete()
    assert len(tasks_for_cards([tasks[0].pk], alice)[0][0].outputs.all()) == 1
    Task.objects.filter(pk=before.pk).update(cost="1.5")
    assert str(tasks_for_cards([tasks[0].pk], alice)[0][0].cost) == "1.500000"


def columns(statement):
    compiler = statement.query([uuid4()], 1).query.get_compiler("default")
    compiler.as_sql()
    found = {}
    for column, *_ in compiler.select:
        if hasattr(column, "target"):
            found.setdefault(column.target.model, set()).add(column.target.attname)
    return found


def test_every_column_is_part_of_what_they_are_known_by(db):
    read = columns(TASKS) | columns(OUTPUTS) | columns(IMAGES)
    assert read.pop(User) == set(card_tasks.OF_OWNER)
    whole = {Task, Review, Output, TaskImage, Image}
    assert read == {
        model: {field.attname for field in model._meta.concrete_fields} for model in whole
    }


@pytest.mark.parametrize("count", [0, 1, 2, 30, SIZES[-1] + 3])
def test_any_number_can_be_asked_for(alice, count, django_assert_num_queries):
    wanted = [make_task(alice).pk for _ in range(count)][::-1]
    for _ in range(2):
        with django_assert_num_queries(3 if count else 0):
            assert [task.pk for task in tasks_for_cards(wanted, alice)[0]] == wanted


def test_a_card_asks_for_nothing_more(tasks, alice, django_assert_num_queries):
    found, liked = tasks_for_cards([task.pk for task in tasks], alice)
    with django_assert_num_queries(0):
        for shown in cards(found, alice, liked):
            assert shown.name
            assert shown.facts
            looked_at = (shown.price, shown.picture, shown.by, shown.action, shown.vary)
            assert len(looked_at) == 5
            assert shown.review is None or shown.review.label


def test_what_is_kept_is_that_of_its_rows(tasks, alice, monkeypatch):
    monkeypatch.setattr(card_tasks, "KEPT", Latest(most=2))
    (first,), _ = tasks_for_cards([tasks[0].pk], alice)
    (second,), _ = tasks_for_cards([tasks[1].pk], alice)
    assert tasks_for_cards([tasks[0].pk], alice)[0][0] is first
    (third,), _ = tasks_for_cards([tasks[2].pk], alice)
    again = [tasks_for_cards([one.pk], alice)[0][0] for one in (first, third)]
    assert again[0] is first
    assert again[1] is third
    assert tasks_for_cards([second.pk], alice)[0][0] is not second
    assert 2 * SIZES[-1] < card_tasks.MOST
