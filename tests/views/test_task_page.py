"""The page of a task: one statement, the money in one sentence, only what is worth its place."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from generation.models import Task
from generation.presenters.wording import clause, plain
from tests.factories import make_output, make_task


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def heading(response):
    return re.search(r"<h1[^>]*>.*?<span>([^<]+)</span>", response.content.decode(), re.DOTALL)[1]


def open_page(client, task):
    return client.get(task.get_absolute_url())


@pytest.mark.parametrize(
    ("state", "fields", "title", "sentence"),
    [
        ("processing", {"estimate": Decimal("0.525")}, "Generating", "About $0.53 is expected."),
        (
            "archiving",
            {"estimate": Decimal("0.5"), "cost": Decimal("0.2")},
            "Saving the result",
            "Charged $0.20.",
        ),
        ("failed", {"reason": "gave-up", "cost": Decimal("0.2")}, "Given up", "Charged $0.20."),
        ("canceled", {}, "Canceled", "Not charged."),
    ],
)
def test_one_statement_and_the_money(client_for, alice, state, fields, title, sentence):
    page = open_page(client_for(alice), make_task(alice, state, **fields))
    assert heading(page) == title
    assert words(page).count(sentence) == 1


def test_a_result_offers_its_file_first_and_says_what_again_costs(client_for, alice):
    task = make_task(alice, "completed", cost=Decimal("0.2"))
    make_output(task)
    page = open_page(client_for(alice), task)
    assert heading(page) == "The video is ready"
    actions = page.content.decode().split('<div class="acts">')[1]
    assert actions.index("?download=1") < actions.index("?from=") < actions.index("/again/")
    assert {"Vary · $0.20", "Run again · $0.20"} <= set(
        re.findall(r"[VR][a-z ]+ · \$0\.20", words(page))
    )


@pytest.mark.parametrize(
    ("code", "first", "then"),
    [("AuditSubmitIllegal", "Edit", "Run again"), ("8007095", "Run again", "Edit")],
)
def test_what_helps_comes_first(client_for, alice, code, first, then):
    task = make_task(alice, "failed", reason="generation", error_code=code)
    told = words(open_page(client_for(alice), task))
    actions = told.split("Asked for")[0]
    assert actions.index(first) < actions.index(then)
    assert "Only the provider" not in told


def test_what_is_as_by_default_takes_no_row(client_for, alice):
    client = client_for(alice)
    plainly = make_task(alice, params={"prompt": "A calm sea"})
    told = words(open_page(client, plainly))
    assert "Q2 Turbo, all at default" in told
    assert "Duration 5 s" in told
    assert "Seed" not in told
    chosen = make_task(alice, params={"prompt": "A calm sea", "seed": 7, "duration": 5})
    told = words(open_page(client, chosen))
    assert "all at default" not in told
    assert "Seed 7" in told


def test_neighbours_are_those_of_the_gallery(client_for, alice, bob):
    first, hidden, second, third = (
        make_task(alice),
        make_task(bob, visibility="private"),
        make_task(bob),
        make_task(alice),
    )
    html = open_page(client_for(alice), second).content.decode()
    assert f'rel="prev" href="{third.get_absolute_url()}"' in html
    assert f'rel="next" href="{first.get_absolute_url()}"' in html
    assert str(hidden.pk) not in html
    assert 'rel="prev"' not in open_page(client_for(alice), third).content.decode()


def test_a_wrong_id_is_said_beside_its_field_and_stays_in_it(client_for, alice):
    task = make_task(alice, "uncertain", reason="no-answer")
    response = client_for(alice).post(
        reverse("task-remote-id", args=[task.pk]), {"remote_id": "no <id>"}
    )
    assert response.status_code == 422
    html = response.content.decode()
    assert 'value="no &lt;id&gt;"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="id_remote_id-error".*?does not look like a task id', html, re.DOTALL)
    assert 'class="toast error' not in html.split('<template id="a-problems-toast">')[0]
    assert Task.objects.get(pk=task.pk).state == "uncertain"


@pytest.mark.parametrize(
    ("said", "plainly"),
    [
        (
            "the connection failed: [Errno 104] Connection reset by peer",
            "the connection failed: the other side broke it off",
        ),
        ("Gone..", "Gone."),
        ("the server did not answer in time", "the server did not answer in time"),
    ],
)
def test_no_program_talks_to_members(said, plainly):
    assert plain(said) == plainly
    assert clause(f"{said}.").endswith(plainly.rstrip("."))
