"""Subjects out and in as one file, and from results."""

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from generation.library.subject_files import FORMAT
from generation.models import AuditEvent, Image, Subject
from tests.conftest import picture
from tests.factories import make_output, make_subject, make_task


def listed(handle="rex", images=("images/a.jpg",), **said):
    given = [{"file": name} for name in images]
    return {"handle": handle, "title": "Rex", "images": given} | said


def packed(subjects, parts=None, listing=None):
    """A file of these subjects; `parts` are its pictures by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps({"format": FORMAT, "subjects": subjects}) if listing is None else listing
        archive.writestr("subjects.json", text)
        for name, data in ({"images/a.jpg": picture()} if parts is None else parts).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def send(client, data):
    file = SimpleUploadedFile("x.zip", data)
    return client.post("/subjects/import-file/", {"file": file}, follow=True)


def text(response):
    return response.content.decode()


def test_out_and_in_again_at_another_place(client_for, alice, bob):
    make_subject(alice, "anna", images=2, notes="Tall", voice_id="Grinch", visibility="private")
    out = client_for(alice).get("/subjects/anna/export-file/")
    assert out["Content-Disposition"] == 'attachment; filename="anna.subjects.zip"'
    data = b"".join(out.streaming_content)
    page = send(client_for(bob), data)
    made = Subject.objects.get(owner=bob)
    assert page.redirect_chain[-1][0] == "/subjects/anna/"
    assert (made.handle, made.notes, made.voice_id) == ("anna", "Tall", "Grinch")
    assert made.visibility == "private"
    before, after = (
        [(given.image.width, given.image.height) for given in subject.images.all()]
        for subject in Subject.objects.order_by("created_at")
    )
    assert before == after
    assert made.versions.get().what == "Imported"


def test_an_image_that_is_an_address_stays_one(client_for, alice, bob):
    """Only the gateway opens it; it stands where it stood, among those that are files."""
    subject = make_subject(alice, "anna", images=1, visibility="private")
    subject.images.create(url="https://example.com/anna.png", position=1)
    data = b"".join(client_for(alice).get("/subjects/anna/export-file/").streaming_content)
    send(client_for(bob), data)
    made = Subject.objects.get(owner=bob)
    first, second = made.images.all()
    assert (first.image is not None, first.url) == (True, "")
    assert (second.image, second.url) == (None, "https://example.com/anna.png")


def test_what_is_there_is_not_overwritten(client_for, alice):
    old = make_subject(alice, "rex")
    page = send(client_for(alice), packed([listed()]))
    assert "@rex is there already: it came in as @rex_2." in text(page)
    assert {s.handle for s in Subject.objects.all()} == {"rex", "rex_2"}
    old.refresh_from_db()
    assert old.version == 1


def test_good_ones_come_in_and_bad_ones_say_why(client_for, alice):
    several = [listed(), listed("tom", title=""), listed("kim", images=()), "nonsense"]
    page = send(client_for(alice), packed(several))
    assert page.status_code == 422
    assert Subject.objects.get().handle == "rex"
    for words in ("tom: This field is required.", "kim: A subject has 1 to 3 images", "Subject 4:"):
        assert words in text(page)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no zip", "cannot be opened as a zip"),
        (packed([], listing="{"), "its list is missing or damaged"),
        (packed([], listing="[]"), "its list is missing or damaged"),
        (packed([], listing='{"format": "x", "subjects": []}'), "missing or damaged"),
        (packed([listed()] * 101), "101 subjects"),
        (packed([]), "There is no subject in this file."),
        (packed([listed()], parts={}), "lacks images/a.jpg"),
        (packed([listed(images=["../../etc/passwd"])]), "is no name of an image"),
        (packed([listed(images=["/etc/passwd"])]), "is no name of an image"),
        (packed([listed()], parts={"images/a.jpg": b"no picture"}), "rex: "),
        (packed([listed(images=[])] * 1, parts={f"images/{n}": b"" for n in range(301)}), "parts"),
    ],
)
def test_what_is_no_such_file_is_refused(client_for, alice, data, words):
    page = send(client_for(alice), data)
    assert page.status_code == 422
    assert words in text(page)
    assert not Subject.objects.exists()


def test_a_bomb_is_not_unpacked(client_for, alice):
    bomb = packed([listed()], parts={"images/a.jpg": bytes(60_000_000)})
    assert len(bomb) < 100_000
    page = send(client_for(alice), bomb)
    assert page.status_code == 422
    assert "too large" in text(page)


def test_without_a_file_the_form_says_so(client_for, alice):
    page = client_for(alice).post("/subjects/import-file/")
    assert page.status_code == 422
    assert "Choose the file of subjects." in text(page)


def test_an_admin_who_exports_a_private_one_is_written_down(client_for, alice, admin):
    make_subject(alice, "anna", visibility="private")
    out = client_for(admin).get("/subjects/anna/export-file/?owner=alice")
    assert out.status_code == 200
    assert AuditEvent.objects.filter(what="subject.downloaded-private").exists()


def test_a_result_becomes_a_subject(client_for, alice, bob):
    output = make_output(make_task(alice, visibility="private"))
    output.kind, output.mime = "image", "image/jpeg"
    output.file.save("still.jpg", ContentFile(picture()), save=False)
    output.save()
    form = {"output": str(output.pk)}
    page = client_for(alice).post("/subjects/begin-with/", form, follow=True)
    assert page.redirect_chain[-1][0].startswith("/subjects/new/?image_ids=")
    assert str(Image.objects.get(owner=alice).pk) in text(page)
    assert client_for(bob).post("/subjects/begin-with/", form).status_code == 404
