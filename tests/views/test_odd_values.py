"""Values that no page of ours offers are refused with a sentence, never with a fault."""

import json
import struct

import pytest
from django.urls import reverse

from generation.models import Output
from tests.factories import make_output, make_subject, make_task
from tests.forms.helpers import images_of
from tests.views.test_subject_files import listed, packed, send

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("name", ["usage", "usage-tasks", "usage-export"])
@pytest.mark.parametrize(
    "days",
    [
        {"since": "0001-01-01"},
        {"until": "0001-01-01"},
        {"since": "9999-12-31"},
        {"until": "9999-12-31"},
        {"since": "0005-01-01", "until": "0010-01-01"},
        {"since": "9990-01-01", "until": "9999-12-30"},
    ],
)
def test_days_that_no_calendar_goes_beyond(client_for, alice, name, days):
    assert client_for(alice).get(reverse(name), days).status_code == 422


@pytest.mark.parametrize("box", ["1,0,0.0000001,1", "0,1,1,1e-7", "1,1,1e-7,1e-7"])
def test_a_part_of_a_picture_beyond_its_edge(client_for, alice, box):
    image = images_of(alice, 1)[0]
    answer = client_for(alice).post(reverse("uploads"), {"image": str(image.pk), "box": box})
    assert answer.status_code == 422


def test_a_result_whose_file_is_lost(client_for, alice):
    output = make_output(make_task(alice))
    Output.objects.update(kind="image")
    output.file.delete(save=False)
    answer = client_for(alice).post(reverse("uploads"), {"output": str(output.pk)})
    assert answer.status_code == 422
    assert "cannot be read any more" in answer.content.decode()


def damaged():
    data = bytearray(packed([listed()]))
    at = data.index(b"subjects.json") + len("subjects.json")
    data[at : at + 20] = b"\xff" * 20
    return bytes(data)


def misnamed():
    data = bytearray(packed([listed()]))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"images/a.jpg"))
    data[at + 8 : at + 10] = struct.pack("<H", 0x800)
    return bytes(data).replace(b"images/a.jpg", b"images/\xff.jpg")


@pytest.mark.parametrize("make", [damaged, misnamed])
def test_files_of_subjects_that_are_damaged(client_for, alice, make):
    assert send(client_for(alice), make()).status_code == 422


@pytest.mark.parametrize("said", ["title", "handle", "notes", "voice_id"])
def test_half_a_character_in_a_file_of_subjects(client_for, alice, said):
    assert send(client_for(alice), packed([listed(**{said: "rex\ud800"})])).status_code == 200
    assert alice.subjects.get().images.count() == 1


@pytest.mark.parametrize(
    ("sort", "place"),
    [
        ("cost", "NaN"),
        ("cost", "Infinity"),
        ("changed", "0001-01-01T00:00:00+14:00"),
        ("newest", "9999-12-31T23:59:59-14:00"),
        ("title", "\ud800"),
        ("title", "\0"),
    ],
)
def test_places_in_the_library_that_there_are_not(client_for, alice, sort, place):
    make_subject(alice)
    asked = {"sort": sort, "after": json.dumps([place, NOBODY])}
    assert client_for(alice).get(reverse("subjects"), asked).status_code == 400


def test_a_name_of_several_lines_still_invites(client_for, admin, settings, mailoutbox):
    settings.SENDS_MAIL = True
    admin.first_name = "Ada\nBcc: all@example.com"
    admin.save()
    sent = {"label": "Bo", "email": "bo@example.com"}
    assert client_for(admin).post(reverse("invite"), sent).status_code == 200
    assert mailoutbox[0].subject == "Ada Bcc: all@example.com invites you to viduweb"
