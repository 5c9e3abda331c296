"""Presets: settings under a name, for a member or the team."""

import json

import pytest

from generation.models import AuditEvent, Preset, PresetDefault
from tests.factories import make_key
from tests.views.test_price import HTMX, TURBO, VIDU20

SET = {
    "model": TURBO, "prompt": "A calm sea", "duration": "8", "resolution": "1080p", "audio": "on",
    "visibility": "private", "callback_url": "https://a.example/door", "image_urls": "https://a.example/i.png",
    "matrix.duration": ["9", "10"], "variations": "2",
}  # fmt: skip


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def save(client, given=SET, **about):
    """As the studio does: it asks for a name with what is set, and that goes to the list."""
    asked = client.post("/presets/new/", given, headers=HTMX)
    first = asked.context["form"].initial
    data = {"name": "Social", "scope": "private", **first, **about}
    return client.post("/presets/", data, headers=HTMX)


def test_it_holds_settings_and_never_images_or_doors(client, alice):
    response = save(client)
    assert "“Social” is saved." in response.content.decode()
    said = "Sound, Duration 8 s, Resolution 1080p, ×2, a matrix"
    assert said in response.content.decode()
    preset = Preset.objects.get(owner=alice)
    assert preset.fields == {
        "audio": ["on"], "duration": ["8"], "matrix.duration": ["9", "10"], "resolution": ["1080p"],
        "variations": ["2"],
    }  # fmt: skip
    save(client, name="All", holds=["prompt", "visibility"])
    assert {"prompt", "visibility"} < set(Preset.objects.get(name="All").fields)


def test_what_is_applied_replaces_settings_and_leaves_the_rest(client, alice):
    save(client)
    preset = Preset.objects.get()
    now = {"model": VIDU20, "prompt": "Mine", "resolution": "360p", "movement_amplitude": "large",
           "draft_family": "img2video"}  # fmt: skip
    answer = client.post(f"/composer/?preset={preset.pk}", now, headers=HTMX)
    form = answer.context["form"]
    assert (form.spec.id, form.values["prompt"]) == (TURBO, "Mine")
    assert (form.values["duration"], form.values["resolution"]) == (8, "1080p")
    assert "movement_amplitude" not in form.values
    assert form.count == 6
    assert "“Social” is applied." in answer.content.decode()
    plain = client.get("/", {"preset": preset.pk})
    assert plain.context["form"].values["duration"] == 8


def test_what_the_model_no_longer_takes_is_said_and_dropped(client, alice, bob):
    theirs = make_key(bob)
    preset = Preset.objects.create(
        owner=bob, name="Old", model=VIDU20, visibility="team",
        fields={"duration": ["8"], "resolution": ["360p"], "style": ["anime"], "key": [str(theirs.pk)],
                "seed": ["7"], "matrix.duration": ["77"]},
    )  # fmt: skip
    page = client.get("/", {"preset": preset.pk})
    values = page.context["form"].values
    assert values == {"duration": 8, "seed": 7}
    html = page.content.decode()
    note = page.context["preset_note"]
    assert note == (
        "“Old” is applied. Vidu 2.0 does not take this of it any more: "
        "the key that pays, Duration 77, Resolution 360p, style anime."
    )
    assert note in html
    Preset.objects.update(model="gone")
    assert "no longer offered" in client.get("/presets/").content.decode()
    assert client.get("/", {"preset": preset.pk}).status_code == 404


def test_the_default_of_a_model_begins_an_empty_form_alone(client, alice):
    save(client)
    preset = Preset.objects.get()
    assert client.get("/").context["form"].values == {}
    client.post(f"/presets/{preset.pk}/default/", {"on": "1"})
    assert client.get("/").context["form"].values["resolution"] == "1080p"
    picked = client.post("/composer/", {"model": TURBO}, headers=HTMX)
    assert picked.context["form"].values["resolution"] == "1080p"
    for given in ({"prompt": "x"}, {"image_urls": "https://a.example/i.png"}, {"seed": "7"}):
        kept = client.post("/composer/", {"model": TURBO, **given}, headers=HTMX)
        assert "resolution" not in kept.context["form"].values, given
    # Another model, picked while nothing but the default is set.
    other = Preset.objects.create(
        owner=alice, name="Two", model=VIDU20, visibility="team", fields={"resolution": ["720p"]}
    )
    client.post(f"/presets/{other.pk}/default/", {"on": "1"})
    left = {"model": VIDU20, **preset.fields}
    assert client.post("/composer/", left, headers=HTMX).context["form"].values == {
        "resolution": "720p"
    }
    client.post(f"/presets/{preset.pk}/default/", {"on": "0"})
    assert PresetDefault.objects.get().preset == other


def test_who_may_do_what(client, client_for, alice, bob, admin):
    save(client)
    preset = Preset.objects.get()
    theirs, boss = client_for(bob), client_for(admin)
    addresses = [
        f"/presets/{preset.pk}/",
        f"/presets/{preset.pk}/delete/",
        f"/presets/{preset.pk}/default/",
    ]
    for stranger in (theirs, boss):
        assert "Social" not in stranger.get("/presets/").content.decode()
        assert [stranger.post(a, {"name": "X"}).status_code for a in addresses] == [404] * 3
        assert stranger.get("/", {"preset": preset.pk}).status_code == 404
    client.post(addresses[0], {"name": "Team’s", "scope": "team"})
    assert "Team’s" in theirs.get("/presets/").content.decode()
    assert [theirs.post(a, {"name": "X"}).status_code for a in addresses[:2]] == [404] * 2
    assert theirs.post(addresses[2], {"on": "1"}).status_code == 302
    # Taken from the team it begins nobody's form any more.
    assert theirs.get("/").context["form"].values["duration"] == 8
    assert boss.post(addresses[0], {"name": "Ours", "scope": "private"}).status_code == 302
    assert theirs.get("/").context["form"].values == {}
    assert AuditEvent.objects.get(what="preset.changed").who == admin
    assert client.post(addresses[1]).status_code == 302
    assert not Preset.objects.exists()


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"name": "a\0b"}, "Null characters are not allowed"),
        ({"scope": "world"}, "Select a valid choice"),
        ({"holds": "images"}, "Select a valid choice"),
        ({"model": "gone"}, "There is no such model"),
        ({"fields_given": "["}, "The settings were lost"),
        ({"fields_given": json.dumps({"payload": ["x" * 30_000]})}, "too much text"),
    ],
)
def test_a_wrong_one_is_refused_with_a_sentence(client, about, sentence):
    response = save(client, **about)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Preset.objects.exists()


def test_a_name_is_had_once_and_strange_fields_are_left_out(client, alice):
    save(
        client,
        fields_given=json.dumps({"images": ["x"], "duration": ["8\0"], "callback_url": ["h"]}),
    )
    assert Preset.objects.get().fields == {"duration": ["8"]}
    assert "of this name already" in save(client).content.decode()
    other = Preset.objects.create(owner=alice, name="Two", model=TURBO, visibility="private")
    wrong = client.post(f"/presets/{other.pk}/", {"name": "Social", "scope": "team"})
    assert wrong.status_code == 422
    assert "of this name already" in wrong.content.decode()


def test_the_list_asks_as_often_whatever_its_length(client, alice, bob, django_assert_num_queries):
    for owner in (alice, bob):
        Preset.objects.create(owner=owner, name="P", model=TURBO, visibility="team")
    with django_assert_num_queries(3):
        client.get("/presets/")
    for number in range(20):
        owner = bob if number % 2 else alice
        Preset.objects.create(owner=owner, name=f"Q{number}", model=TURBO, visibility="team")
    with django_assert_num_queries(3):
        client.get("/presets/")
