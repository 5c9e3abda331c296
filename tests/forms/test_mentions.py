"""Subjects in the studio's form: mentions, voices and images for one task, and what is sent."""

import pytest
from django.http import QueryDict

from generation.catalog import MODELS, as_images, image_names
from generation.catalog.check import check
from generation.catalog.mentions import mention_problems, nearest
from generation.forms.composer import ComposerForm, remix
from generation.gateway.body import build_body
from generation.library import subjects as library
from generation.lifecycle.enqueue import enqueue
from generation.lifecycle.request_params import request_params
from generation.models import Task
from tests.factories import make_subject
from tests.forms.helpers import upload
from tests.forms.test_vectors import post, with_placeholders

VIDEO = MODELS["viduq2_pro_fast_reference2video"]
IMAGE = MODELS["viduq2_reference2image"]


def form_of(user, spec=VIDEO, images=0, **data):
    from django.utils.datastructures import MultiValueDict

    files = MultiValueDict({"images": [upload(50 + n) for n in range(images)]})
    return ComposerForm(spec, user, post(data), files)


def body_of(form):
    assert form.is_valid(), form.errors_summary
    (task,) = enqueue(form.submission_for())
    params, _ = request_params(Task.objects.get(pk=task.pk))
    return build_body(task.model, with_placeholders(params))["input"][0]["params"]


@pytest.fixture
def cast(alice, team_key):
    for handle, images in (("anna", 3), ("rex", 1)):
        library.version_of(make_subject(alice, handle, images=images, voice_id=f"{handle}_voice"))


def test_the_body_is_that_of_the_page(alice, cast):
    """Seed: subjects as id, images and voice_id; the prompt mentions @id."""
    said = {"prompt": "@anna and @rex eating hotpot together", "audio": "on"}
    assert body_of(form_of(alice, subjects=["anna", "rex"], **said)) == {
        "subjects": [
            {
                "id": "anna",
                "images": ["<image 1>", "<image 2>", "<image 3>"],
                "voice_id": "anna_voice",
            },
            {"id": "rex", "images": ["<image 4>"], "voice_id": "rex_voice"},
        ],
        "prompt": "@anna and @rex eating hotpot together",
        "audio": True,
    }


def test_voice_and_images_for_one_task(alice, cast):
    choice = {"voice.anna": "Grinch", "images.anna": ["0", "2"], "audio": "on"}
    form = form_of(alice, prompt="@anna", subjects=["anna"], **choice)
    body = body_of(form)
    assert body["subjects"] == [
        {"id": "anna", "images": ["<image 1>", "<image 2>"], "voice_id": "Grinch"}
    ]
    task = Task.objects.get()
    images = [i.image_id for i in task.images.order_by("position")]
    subject = task.subjects.get().subject
    assert images == [i.image_id for i in subject.images.all()][::2]
    again = remix(task, alice)
    assert [(c.going, c.voice) for c in again.chips] == [(2, "Grinch")]
    assert again.chosen_subjects[0].voice_id == "Grinch"


def test_no_voice_for_one_task(alice, cast):
    form = form_of(alice, prompt="@anna", subjects=["anna"], audio="on", **{"voice.anna": "none"})
    assert "voice_id" not in body_of(form)["subjects"][0]
    again = remix(Task.objects.get(), alice)
    assert [c.voice for c in again.chips] == ["none"]
    assert again.chosen_subjects[0].voice_id == ""


def test_fewer_images_make_room(alice, cast):
    make_subject(alice, "tom", images=3)
    make_subject(alice, "kim", images=1)
    picked = {"subjects": ["anna", "tom", "rex", "kim"], "prompt": "@anna @tom @rex @kim"}
    refused = form_of(alice, **picked)
    assert not refused.is_valid()
    assert "8 images together" in refused.errors_at("subjects")[0]
    assert form_of(alice, **picked, **{"images.tom": ["1"]}).is_valid()


@pytest.mark.parametrize(
    "choice", [{"images.anna": ["7"]}, {"images.anna": ["x"]}, {"voice.anna": "v" * 121}]
)
def test_a_choice_that_there_is_not_is_refused(alice, cast, choice):
    form = form_of(alice, prompt="@anna", subjects=["anna"], **choice)
    assert not form.is_valid()
    assert form.errors_at("subjects")


def test_models_without_subjects_take_no_such_names(alice, cast):
    form = form_of(alice, MODELS["viduq2_turbo_img2video"], 1, prompt="x", **{"voice.anna": "x"})
    assert not form.is_valid()


def test_an_unknown_mention_names_the_nearest(alice, bob, cast):
    make_subject(bob, "annabel", visibility="private")
    form = form_of(alice, prompt="@ana waves at @rex and @zzzzz", subjects=["rex"])
    assert not form.is_valid()
    assert form.errors_at("prompt") == [
        "There is no subject @ana. Did you mean @anna?",
        "There is no subject @zzzzz. Make it, or take the mention out.",
    ]
    known = form_of(alice, prompt="@anna waves at @rex", subjects=["rex"])
    assert not known.is_valid()
    assert "@anna, which is not picked" in known.errors_at("prompt")[0]
    # Private ones of others are never the nearest.
    assert "Did you mean @anna?" in str(form_of(alice, prompt="@annabe").errors)


def test_picked_and_not_mentioned_is_a_note(alice, cast):
    form = form_of(alice, prompt="@anna waves", subjects=["anna", "rex"])
    assert form.is_valid()
    assert form.unmentioned == ["rex"]


def test_images_of_subjects_join_the_images(alice, cast):
    said = {"prompt": "@anna beside @rex, @anna smiling", "subjects": ["anna", "rex"]}
    form = form_of(alice, IMAGE, 1, **said)
    sent = "images 2, 3 and 4 beside image 5, images 2, 3 and 4 smiling"
    assert form.sent_prompt == sent
    body = body_of(form)
    assert body == {"images": [f"<image {n}>" for n in range(1, 6)], "prompt": sent}
    assert check(IMAGE, body) == []
    task = Task.objects.get()
    assert task.prompt == "@anna beside @rex, @anna smiling"
    assert [s.handle for s in task.subjects.all()] == ["anna", "rex"]
    assert remix(task, alice).handles == ["anna", "rex"]


def test_images_and_pictures_of_subjects_are_seven_together(alice, cast):
    form = form_of(alice, IMAGE, 4, prompt="@anna @rex", subjects=["anna", "rex"])
    assert not form.is_valid()
    assert "8 given" in form.errors_at("images")[0]


def test_an_unknown_mention_of_a_still_is_an_error_too(alice, cast):
    form = form_of(alice, IMAGE, prompt="@ana waves")
    assert not form.is_valid()
    assert form.errors_at("prompt") == ["There is no subject @ana. Did you mean @anna?"]


def test_the_prompt_that_is_sent_fits_too(alice, cast):
    form = form_of(alice, IMAGE, prompt="@rex " + "x" * 1990, subjects=["rex"])
    assert form.is_valid(), form.errors_summary
    longer = form_of(alice, IMAGE, prompt="@rex " + "x" * 1995, subjects=["rex"])
    assert not longer.is_valid()
    assert "2,003 characters" in longer.errors_at("prompt")[0]


def test_what_images_are_called():
    assert [image_names(2, n) for n in (1, 2, 3)] == [
        "image 2",
        "images 2 and 3",
        "images 2, 3 and 4",
    ]
    assert as_images("@a @ab a@a.com @c", {"a": 1, "ab": 2}, 0) == (
        "image 1 images 2 and 3 a@a.com @c"
    )


def test_problems_do_not_ask_while_nothing_is_wrong():
    def never():
        raise AssertionError

    assert list(mention_problems("@a", ["a"], never)) == []
    assert nearest("ANA", ["anna", "rex"]) == "anna"


def test_nothing_is_said_of_subjects_by_a_form_without_data(alice, cast):
    form = ComposerForm(VIDEO, alice)
    assert form.chips == []
    assert isinstance(form.choices, QueryDict)
