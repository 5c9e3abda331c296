"""The composer's form: it says yes exactly when the catalogue does, and says no beside a field."""

import json
import re

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.catalog import MODELS, check
from generation.forms.composer import OTHERS, ComposerForm, remix
from generation.lifecycle.enqueue import enqueue
from generation.models import ApiKey, Image, Subject, SubjectImage
from tests.forms.helpers import images_of, upload
from tests.forms.test_vectors import post

TURBO = MODELS["viduq2_turbo_img2video"]
REFERENCE = MODELS["viduq2_pro_fast_reference2video"]
STILLS = MODELS["viduq2_reference2image"]
VIDU20 = MODELS["vidu20_img2video"]


def composer(spec, user, data=None, images=1, **options):
    files = MultiValueDict({"images": [upload(n) for n in range(images)]})
    return ComposerForm(spec, user, post(data or {}), files, **options)


def valid(form):
    assert form.is_valid(), form.errors_summary
    return form


def errors(form):
    form.is_valid()
    return {where: message for where, _, message in form.errors_summary}


def subject(owner, handle, images=1, **fields):
    made = Subject.objects.create(owner=owner, handle=handle, title=handle, **fields)
    for position, image in enumerate(images_of(owner, images, first=hash(handle) % 50)):
        SubjectImage.objects.create(subject=made, image=image, position=position)
    return made


@pytest.mark.parametrize("model", MODELS)
@given(
    data=st.dictionaries(
        st.sampled_from(
            ["prompt", "duration", "resolution", "seed", "aspect_ratio", "wm_url", "meta_data",
             "wm_position", "voice_id", "callback_url", "movement_amplitude", "variations", "key",
             "image_ids", "subjects", "image_urls", "submission", "visibility"]
        ),
        st.text(max_size=60),
    )
)  # fmt: skip
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_refused_form_names_a_field_and_never_breaks(model, alice, team_key, data):
    form = ComposerForm(MODELS[model], alice, post(data), MultiValueDict())
    if form.is_valid():
        assert not check(MODELS[model], form.as_catalogue_sees())
    else:
        assert form.errors_summary
        assert all(message for *_, message in form.errors_summary)
    known = len(MODELS[model].parameters) + (MODELS[model].mentions is not None)
    assert len(form.slots) == known


def test_labels_of_errors_are_words_of_people():
    assert not [label for label in OTHERS.values() if re.search("[a-z][A-Z]|_", label)]


def test_one_first_frame_is_needed(alice, team_key):
    assert "id_images" in errors(composer(TURBO, alice, images=0))


def test_a_new_frame_replaces_the_kept_one(alice, team_key):
    (old,) = images_of(alice, 1, first=9)
    form = composer(TURBO, alice, {"image_ids": str(old.pk)})
    assert form.is_valid(), form.errors_summary
    assert [image.pk for image in form.kept] != [old.pk]
    assert len(form.kept) == 1


def test_a_refused_form_keeps_its_images(alice, team_key):
    form = composer(TURBO, alice, {"duration": "11"})
    assert "id_duration" in errors(form)
    again = ComposerForm(
        TURBO, alice, post({"image_ids": str(form.kept[0].pk), "duration": "10"}), MultiValueDict()
    )
    assert again.is_valid(), again.errors_summary


def test_nobody_uses_the_images_of_others(alice, bob, team_key):
    (image,) = images_of(bob, 1)
    form = composer(TURBO, alice, {"image_ids": str(image.pk)}, images=0)
    assert form.kept == []


def test_a_broken_upload_names_its_file(alice, team_key):
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = MultiValueDict({"images": [SimpleUploadedFile("notes.png", b"<html>")]})
    form = ComposerForm(TURBO, alice, post({}), files)
    assert "notes.png" in errors(form)["id_images"]
    assert not Image.objects.exists()


def test_image_kept_for_one_model_may_be_too_small_for_another(alice, team_key):
    form = composer(TURBO, alice, images=0)
    files = MultiValueDict({"images": [upload(1, width=100, height=80)]})
    form = ComposerForm(TURBO, alice, post({}), files)
    assert form.is_valid(), form.errors_summary
    kept = {"image_ids": str(form.kept[0].pk), "prompt": "x"}
    message = errors(ComposerForm(STILLS, alice, post(kept), MultiValueDict()))["id_images"]
    assert "128" in message


def test_addresses_of_images_count_and_are_checked(alice, team_key):
    good = composer(STILLS, alice, {"prompt": "x", "image_urls": "https://a.example/1.png\n\n"})
    assert good.is_valid(), good.errors_summary
    assert [given.url for given in good.submission_for().images] == ["", "https://a.example/1.png"]
    bad = composer(STILLS, alice, {"prompt": "x", "image_urls": "ftp://a.example/1.png"}, images=0)
    assert "ftp://" in errors(bad)["id_images"]


def test_subjects_are_taken_as_they_are_in_the_order_of_picking(alice, team_key):
    subject(alice, "rex", voice_id="v1"), subject(alice, "anna", images=2)
    form = composer(
        REFERENCE, alice, {"prompt": "@anna meets @rex", "subjects": ["anna", "rex"]}, images=0
    )
    assert form.is_valid(), form.errors_summary
    (task,) = enqueue(form.submission_for())
    assert [(s.handle, s.images.count()) for s in task.subjects.all()] == [("anna", 2), ("rex", 1)]


def test_a_mention_that_is_not_picked_is_refused_at_the_prompt(alice, team_key):
    subject(alice, "rex"), subject(alice, "anna")
    form = composer(REFERENCE, alice, {"prompt": "@anna waves", "subjects": "rex"}, images=0)
    assert "@anna" in errors(form)["id_prompt"]


def test_more_than_seven_images_in_all_are_refused(alice, team_key):
    for handle in ("a", "b", "c"):
        subject(alice, handle, images=3)
    form = composer(REFERENCE, alice, {"prompt": "x", "subjects": ["a", "b", "c"]}, images=0)
    assert "7" in errors(form)["id_subjects"]


def test_private_subjects_of_others_are_unknown(alice, bob, team_key):
    subject(bob, "secret", visibility="private")
    form = composer(REFERENCE, alice, {"prompt": "x", "subjects": "secret"}, images=0)
    assert "@secret" in errors(form)["id_subjects"]
    assert form.offered_subjects == []


def test_typed_voice_wins_over_the_list(alice, team_key):
    data = {"audio": "on", "voice_id": "English_CalmWoman", "voice_id_custom": "my_cloned_voice"}
    form = composer(TURBO, alice, data)
    assert form.is_valid(), form.errors_summary
    assert form.values["voice_id"] == "my_cloned_voice"


def test_any_ratio_may_be_typed(alice, team_key):
    subject(alice, "rex")
    data = {"prompt": "x", "subjects": "rex", "aspect_ratio_custom": "7:5"}
    form = composer(REFERENCE, alice, data, images=0)
    assert form.is_valid(), form.errors_summary
    assert form.values["aspect_ratio"] == "7:5"


def test_the_small_metadata_form_becomes_json(alice, team_key):
    subject(alice, "rex")
    data = {"prompt": "x", "subjects": "rex", "meta_data_Label": "1", "meta_data_ProduceID": "p-7"}
    form = composer(REFERENCE, alice, data, images=0)
    assert form.is_valid(), form.errors_summary
    assert json.loads(form.values["meta_data"]) == {"Label": "1", "ProduceID": "p-7"}


def test_a_line_end_counts_once(alice, team_key):
    form = composer(TURBO, alice, {"prompt": "a\r\n" * 999 + "bb"})
    assert form.is_valid(), form.errors_summary
    assert len(form.values["prompt"]) == 2000


def test_the_longest_payload_passes_and_one_more_does_not(alice, team_key):
    assert composer(TURBO, alice, {"payload": "x" * 1_048_576}).is_valid()
    assert "id_payload" in errors(composer(TURBO, alice, {"payload": "x" * 1_048_577}))


def test_off_peak_opens_by_setting_but_never_beside_sound(alice, team_key, settings):
    assert "id_off_peak" in errors(composer(TURBO, alice, {"off_peak": "on"}))
    settings.OFF_PEAK_AVAILABLE = True
    assert composer(TURBO, alice, {"off_peak": "on"}).is_valid()
    loud = composer(TURBO, alice, {"off_peak": "on", "audio": "on"})
    assert "id_off_peak" in errors(loud) or "id_audio" in errors(loud)
    assert loud.slots["off_peak"].closed


def test_resolution_follows_the_duration(alice):
    form = ComposerForm(VIDU20, alice, post({"duration": "8", "resolution": "1080p"}), quiet=True)
    slot = form.slots["resolution"]
    assert [value for value, _ in slot.options] == ["720p"]
    assert slot.value == ""
    assert slot.default_label == "Default · 720p"


def test_a_key_of_somebody_else_cannot_be_used(alice, bob, team_key):
    private = ApiKey(label="Bob's", owner=bob)
    private.keep_secret("vda_bobs_secret")
    private.save()
    assert "id_key" in errors(composer(TURBO, alice, {"key": str(private.pk)}))
    assert composer(TURBO, bob, {"key": str(private.pk)}).is_valid()


def test_without_any_key_the_form_says_what_to_do(alice):
    assert "admin" in errors(composer(TURBO, alice))["id_key"]


def test_remix_fills_everything(alice, team_key):
    subject(alice, "rex")
    data = {"prompt": "@rex runs", "subjects": "rex", "duration": "8", "audio": "on", "seed": "5"}
    (task,) = enqueue(valid(composer(REFERENCE, alice, data, images=0)).submission_for())
    form = remix(task, alice)
    assert form.values == task.params
    assert form.slots["duration"].value == "8"
    assert form.slots["audio"].checked
    assert form.handles == ["rex"]


def test_remix_keeps_the_images_and_the_addresses(alice, team_key):
    data = {"prompt": "x", "image_urls": "https://example.com/1.png"}
    (task,) = enqueue(valid(composer(STILLS, alice, data)).submission_for())
    form = remix(task, alice)
    assert form.urls == ["https://example.com/1.png"]
    assert form.kept == [task.images.exclude(image=None).get().image]


def test_what_is_wrong_with_a_field_that_is_not_shown_leads_nowhere(alice, team_key):
    assert errors(composer(TURBO, alice, {"submission": "no number"})) == {
        "": "The form had lost its number. Send it again."
    }


def test_an_address_sent_as_a_file_is_told_where_it_belongs(alice, team_key):
    form = composer(STILLS, alice, {"prompt": "x", "images": "https://example.com/1.png"})
    assert errors(form) == {"": "“images” takes files. Give addresses as “image_urls”."}


def test_a_sentence_names_its_field(alice, team_key):
    said = errors(composer(TURBO, alice, {"seed": "x", "audio": "maybe"}))
    assert said["id_seed"].startswith("Seed must be a whole number")
    assert said["id_audio"].startswith("Sound is either on or off")


def test_quiet_form_judges_nothing(alice):
    form = ComposerForm(TURBO, alice, QueryDict("seed=abc&duration=77"), quiet=True)
    assert form.errors_summary == []
    assert form.slots["seed"].value == "abc"
    assert not any(slot.errors for slot in form.slots.values())
