"""The address that a member lets the provider call is shown to them alone, wherever a task is."""

import pytest

from generation.models import TaskText
from tests.factories import make_output, make_task

DOOR = "https://door.example/?token=hush"
PLACES = ["/tasks/{0}/", "/tasks/{0}/viewer/", "/tasks/compare/?tasks={0}&tasks={1}"]


@pytest.fixture
def make_films(alice):
    def make(**given):
        films = [make_task(alice, **given), make_task(alice)]
        for film in films:
            make_output(film)
        return films

    return make


def seen(client, place, films):
    answer = client.get(place.format(*(film.pk for film in films)))
    assert answer.status_code == 200
    return "door.example" in answer.content.decode()


@pytest.mark.parametrize("model", ["viduq2_turbo_img2video", "no_longer_offered"])
@pytest.mark.parametrize("place", PLACES)
def test_it_is_shown_to_its_owner_alone(client_for, alice, bob, admin, make_films, place, model):
    params = {"prompt": "A calm sea", "duration": 5, "callback_url": DOOR}
    films = make_films(model=model, params=params)
    shown = [seen(client_for(who), place, films) for who in (alice, bob, admin)]
    assert shown == [True, False, False]


@pytest.mark.parametrize("place", PLACES)
def test_a_long_one_is_not_shown_either(client_for, bob, make_films, place):
    films = make_films()
    TaskText.objects.create(task=films[0], params={"callback_url": DOOR + "x" * 2_000})
    assert not seen(client_for(bob), place, films)


def test_djangos_admin_shows_none(client_for, admin, make_films):
    films = make_films(params={"prompt": "A calm sea", "callback_url": DOOR})
    html = client_for(admin).get(f"/admin/generation/task/{films[0].pk}/change/").content.decode()
    assert "A calm sea" in html
    assert "door.example" not in html
