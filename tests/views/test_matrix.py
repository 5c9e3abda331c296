"""Several values of one or two settings: exactly the combinations, all of them or none."""

import re
from collections import Counter

import pytest

from generation.catalog import MODELS
from generation.forms import matrix
from generation.models import Draft, LedgerEntry, Task
from tests.forms.helpers import upload
from tests.views.test_price import HTMX, TURBO, VIDU20, send, shown

BOTH = {"matrix.duration": ["8", "10"], "matrix.resolution": "540p"}
ASKED = {"seed": "7", "variations": "2", "shown_price": "2.94"}


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def asked(response):
    return response.content.decode()


def ticked(html):
    return {
        box[0] for box in re.findall(r'id="(id_matrix[^"]+)"([^>]*)>', html) if "checked" in box[1]
    }


def test_count_and_price_stand_in_the_button_before_anything_runs(client):
    client.get("/")
    html = asked(client.post("/composer/?part=options", {"model": TURBO, **BOTH}, headers=HTMX))
    # 5, 8 and 10 s in 720p and in 540p.
    assert shown(html) == ["1.47"]
    assert " 6 · $1.47" in html
    assert "Duration 5 s, 8 s, 10 s × Resolution 540p, 720p" in html
    twice = {"model": TURBO, "variations": "2", **BOTH}
    assert " 12 · $2.94" in asked(client.post("/composer/?part=options", twice, headers=HTMX))
    # The same with another model: what it has not is not counted.
    page = asked(client.post("/composer/", {"model": VIDU20, **BOTH}, headers=HTMX))
    assert "does not take: Duration 10 s, Resolution 540p." in page
    assert "id_matrix.duration_2" in ticked(page)


def test_a_row_offers_what_any_combination_of_the_others_leaves():
    def offered(also):
        (row,) = (
            row
            for row in matrix.rows(MODELS[VIDU20], {"duration": 8}, also)
            if row.name == "matrix.resolution"
        )
        return [choice.value for choice in row.choices]

    assert offered({}) == ["720p"]
    assert offered({"duration": [4]}) == ["360p", "720p", "1080p"]
    assert offered({"resolution": ["1080p"]}) == ["720p", "1080p"]


def test_exactly_these_tasks_are_made(client, alice):
    response = send(client, TURBO, draft_family="img2video", **ASKED, **BOTH)
    assert response.status_code == 200, asked(response)
    tasks = list(Task.objects.order_by("variation"))
    made = [(t.params["duration"], t.params["resolution"], t.params["seed"]) for t in tasks]
    durations, resolutions = (5, 8, 10), ("720p", "540p")
    assert made == [(d, r, seed) for d in durations for r in resolutions for seed in (7, 8)]
    assert len({t.revision for t in tasks}) == 12
    assert len({t.submission for t in tasks}) == 1
    reserved = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.RESERVED)
    assert sorted(map(float, reserved.values_list("amount", flat=True)))[::2] == [
        0.07,
        0.1,
        0.2,
        0.3,
        0.35,
        0.45,
    ]
    kept = Draft.objects.get(owner=alice).fields
    assert kept["matrix.duration"] == ["8", "10"]
    assert "id_matrix.duration_10" in ticked(asked(client.get("/")))


def test_it_works_without_javascript(client):
    seeds = {"model": TURBO, "images": upload(), "matrix.seed": "3, 4", "matrix.duration": "8"}
    response = client.post("/tasks/", seeds)
    assert response.status_code == 303
    made = Counter((t.params["duration"], t.params.get("seed")) for t in Task.objects.all())
    assert made == Counter((d, seed) for d in (5, 8) for seed in (None, 3, 4))


def test_a_combination_that_a_rule_refuses_is_named_and_nothing_is_made(client):
    both = {"matrix.duration": "8", "matrix.resolution": "720p"}
    response = send(client, VIDU20, duration="4", resolution="360p", htmx=False, **both)
    html = asked(response)
    assert response.status_code == 422
    assert "Duration 8 s, Resolution 360p: Resolution must be 720p at a Duration of 8" in html
    assert "Duration 8 s, Resolution 720p:" not in html
    assert not Task.objects.exists()
    assert "id_matrix.duration_2" in ticked(html)
    # What is wrong anyway is said once, beside its own field.
    wrong = asked(send(client, VIDU20, voice_id="Wise_Woman", **{"matrix.duration": "8"}))
    assert wrong.count("Voice works only with Sound.") == 3  # summary, beside it, and its note


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"matrix.duration": ["1", "2", "3"]}, "Duration has 4 values, its own among them"),
        ({"matrix.duration": "77"}, "“77” is not offered. Duration is one of 1, 2,"),
        ({"matrix.seed": "x"}, "Seed must be a whole number, not “x”."),
        ({"matrix.seed": "7", "variations": "2"}, "Several seeds make one result each."),
        ({**BOTH, "variations": "4"}, "That would be 24 results; one press makes at most 20."),
        ({**BOTH, "matrix.movement_amplitude": "small"}, "Compare at most 2 of them at once."),
        (
            {"matrix.aspect_ratio": "1:1"},
            "compares no values of “Aspect ratio” (matrix.aspect_ratio).",
        ),
        ({"matrix.prompt": "x"}, "There is no field “matrix.prompt”."),
        ({"matrix.audio": "on"}, "There is no field “matrix.audio”."),
    ],
)
def test_what_cannot_be_compared_makes_nothing(client, given, sentence):
    response = send(client, TURBO, **given)
    assert response.status_code == 422
    assert sentence in asked(response)
    assert not Task.objects.exists()


def test_the_guards_of_one_task_hold_for_all(client, alice):
    assert send(client, TURBO, shown_price="0.2", **BOTH).status_code == 422
    alice.monthly_budget = "1.46"
    alice.save()
    over = asked(send(client, TURBO, **BOTH))
    assert "this costs about $1.47" in over
    assert not Task.objects.exists()
    alice.monthly_budget = "9"
    alice.save()
    token = "5f7c8a54-6b1c-4a0c-9f58-0d2e3a6b7c01"
    for _ in range(2):
        assert send(client, TURBO, submission=token, **BOTH).status_code == 200
    assert Task.objects.count() == 6
    again = send(client, TURBO, duration="10", resolution="540p")
    assert "being made already" in asked(again)


def test_the_model_s_default_counts_once(client):
    """5 s are set already, by the gateway's default."""
    assert send(client, TURBO, **{"matrix.duration": "5"}).status_code == 200
    assert "duration" not in Task.objects.get().params
