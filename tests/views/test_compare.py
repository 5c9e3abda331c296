"""Results side by side: what differs is marked, one is kept, and nobody sees what is not theirs."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest

from generation.models import AuditEvent, Favourite, Task
from generation.presenters.comparison import comparison, differences
from generation.views.cards import cards
from tests.factories import make_output, make_task


def address(*pks):
    return "/tasks/compare/?" + "&".join(f"tasks={pk}" for pk in pks)


@pytest.fixture
def films(alice):
    made = []
    for params in ({}, {"movement_amplitude": "large"}, {"seed": 7714}, {}):
        task = make_task(
            alice, params={"prompt": "A calm sea", "duration": 5, **params}, cost=Decimal("0.2")
        )
        make_output(task)
        made.append(task)
    return made


def test_what_only_one_has_is_marked_and_the_rest_folded(client_for, bob, films):
    html = client_for(bob).get(address(*(task.pk for task in films))).content.decode()
    assert html.count("<video") == 4
    assert html.count("A calm sea</p>") == 1
    marked = re.findall(r"<mark>([^<]+)</mark>", html)
    assert sorted(marked) == ["7714", "Large", "Movement Large", "Seed 7714"]
    differing, same = html.split('id="same"')
    assert ">Duration</th>" in same
    assert ">Duration</th>" not in differing


def test_of_two_that_differ_neither_is_the_odd_one(alice, films):
    lines = comparison(cards(films[:2], alice))
    (line,) = [line for line in lines if line.differs]
    assert [cell.odd for cell in line.cells] == [True, True]
    assert differences(lines, 1) == ["Movement Large"]


def test_one_is_kept_and_no_longer_without_scripts(client_for, bob, films):
    client, here = client_for(bob), address(films[1].pk, films[0].pk)
    answer = client.post(here, {"winner": str(films[0].pk), "on": "1"}, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "B is a favourite of yours." in answer.content.decode()
    assert Favourite.objects.get().task == films[0]
    client.post(here, {"winner": str(films[0].pk), "on": "0"})
    assert not Favourite.objects.exists()
    assert client.post(here, {"winner": str(films[2].pk), "on": "1"}).status_code == 404
    chosen = {"tasks": [str(films[0].pk), str(films[3].pk)]}
    assert client.post("/tasks/compare/", chosen).url == address(films[0].pk, films[3].pk)


def test_by_htmx_the_heart_alone_comes_anew(client_for, bob, films):
    here, data = address(films[1].pk, films[0].pk), {"winner": str(films[0].pk), "on": "1"}
    html = client_for(bob).post(here, data, headers={"HX-Request": "true"}).content.decode()
    assert Favourite.objects.get().task == films[0]
    assert 'aria-pressed="true" aria-label="Keep B"' in html
    assert "B is a favourite of yours." in html
    assert "<video" not in html


def test_two_to_four_that_one_sees(client_for, bob, admin, films):
    client, (one, other, *_) = client_for(bob), films
    for few in ([], [one.pk], [one.pk, one.pk], [*(task.pk for task in films), uuid4()]):
        page = client.get(address(*few))
        assert page.status_code == 422
        assert "Choose 2 to 4 results" in page.content.decode()
    assert client.get(address(one.pk, uuid4())).status_code == 404
    assert client.get(address(one.pk, "nonsense")).status_code == 404
    Task.objects.filter(pk=other.pk).update(visibility="private")
    assert client.get(address(one.pk, other.pk)).status_code == 404
    assert client.post(address(one.pk, other.pk), {"winner": str(one.pk)}).status_code == 404
    assert client_for(admin).get(address(one.pk, other.pk)).status_code == 200
    assert AuditEvent.objects.get(what="task.opened-private").target == str(other.pk)


def test_as_many_queries_for_four_as_for_two(client_for, bob, films, django_assert_num_queries):
    client = client_for(bob)
    client.get(address(films[0].pk, films[1].pk))
    for few in (films[:2], films):
        with django_assert_num_queries(6):
            client.get(address(*(task.pk for task in few)))
