"""What a member sets under Account."""

from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone
from PIL import Image as Picture

from generation.models import AuditEvent
from generation.time_zone import use_members_zone
from tests.factories import make_output, make_task
from tests.media.pictures import without_palette


def profile(**fields):
    return {
        "profile": "1",
        "first_name": "Alice Liddell",
        "time_zone": "Asia/Tokyo",
        "theme": "dark",
        "default_visibility": "private",
        **fields,
    }


def test_it_is_saved_and_holds_everywhere(client_for, alice):
    client = client_for(alice)
    assert client.post("/account/", profile()).url == "/account/"
    alice.refresh_from_db()
    assert (alice.display_name, alice.initials, alice.hover_play) == ("Alice Liddell", "AL", False)
    html = client.get("/").content.decode()
    for words in ('data-theme="dark"', 'data-zone="Asia/Tokyo"', 'data-hover="still"'):
        assert words in html
    assert "Asia/Tokyo" in client.get("/account/").content.decode()


def test_the_chosen_zone_goes_before_the_browsers(client_for, alice, rf):
    alice.time_zone = "Asia/Tokyo"
    request = rf.get("/")
    request.user = alice
    request.COOKIES["tz"] = "America/New_York"
    zones = []
    use_members_zone(lambda _: zones.append(timezone.get_current_timezone_name()))(request)
    alice.time_zone = ""
    use_members_zone(lambda _: zones.append(timezone.get_current_timezone_name()))(request)
    assert zones == ["Asia/Tokyo", "America/New_York"]


@pytest.mark.parametrize(
    "fields",
    [
        {"time_zone": "Mars/Base"},
        {"theme": "pink"},
        {"default_visibility": "all"},
        {"first_name": "x" * 151},
    ],
)
def test_wrong_values_are_422_and_change_nothing(client_for, alice, fields):
    answer = client_for(alice).post("/account/", profile(**fields))
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.content.decode()
    alice.refresh_from_db()
    assert (alice.first_name, alice.time_zone, alice.theme) == ("", "", "auto")


def test_nothing_else_is_set_by_it(client_for, alice):
    client_for(alice).post(
        "/account/",
        profile(is_staff="on", monthly_budget="999", username="root", email="x@y.example"),
    )
    alice.refresh_from_db()
    assert (alice.username, alice.is_staff, alice.monthly_budget) == ("alice", False, None)


def test_markup_in_a_name_is_text(client_for, alice, admin):
    client_for(alice).post("/account/", profile(first_name='"><img src=x onerror=alert(1)>'))
    for path in ("/team/", f"/team/{alice.public_id}/"):
        html = client_for(admin).get(path).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


def test_admins_read_times_and_days_in_their_zone_without_scripts(client_for, admin, alice):
    client = client_for(admin)
    row = AuditEvent.objects.create(who=admin, what="key.added", target="x")
    make_task(alice, "uncertain", reason="no-answer", sent_at=row.at)
    # Of these two one has another day than UTC, whenever this runs.
    zone = "Etc/GMT-14" if row.at.hour >= 10 else "Etc/GMT+12"
    client.cookies["tz"] = zone
    local = row.at.astimezone(ZoneInfo(zone))
    log = client.get("/team/audit/", {"since": local.date(), "until": local.date()})
    for html in (client.get("/engine/").content.decode(), log.content.decode()):
        assert f"{local:%H:%M}" in html
        assert " UTC" not in html
    assert f"{local:%H:%M:%S}" in log.content.decode()
    other = client.get("/team/audit/", {"since": row.at.date(), "until": row.at.date()})
    assert f"{local:%H:%M:%S}" not in other.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_told_so(client_for, admin, day):
    client = client_for(admin)
    client.cookies["tz"] = "Asia/Tokyo"
    for name in ("since", "until"):
        answer = client.get("/team/audit/", {name: day})
        assert answer.status_code == 422
        assert "between the years 2000 and 2999" in answer.content.decode()


def test_a_picture_is_checked_kept_small_and_shown(client_for, alice, bob, admin, upload):
    client, ada = client_for(alice), client_for(admin)
    assert client.get(f"/media/people/{alice.public_id}/").status_code == 404
    photo = upload("me.jpg", width=900, height=600)
    assert client.post("/account/", profile(picture=photo)).status_code == 302
    alice.refresh_from_db()
    first = alice.picture.name
    make_output(make_task(alice))
    address = alice.picture_url
    pages = [client.get("/account/"), ada.get("/team/"), ada.get(f"/team/{alice.public_id}/")]
    for page in (*pages, client_for(bob).get("/tasks/")):
        assert f'src="{address}"' in page.content.decode(), page.request
    served = client_for(bob).get(address)
    small = Picture.open(BytesIO(b"".join(served.streaming_content)))
    assert (small.format, small.size) == ("WEBP", (192, 192))
    assert served["Cache-Control"].startswith("private, max-age=")
    assert Client().get(address).status_code == 302

    wrong = [upload("x.jpg", width=40, height=40), SimpleUploadedFile("a.png", b"<svg/>")]
    wrong.append(SimpleUploadedFile("bare.png", without_palette()))
    for file in wrong:
        answer = client.post("/account/", profile(picture=file, first_name="Kept in the form"))
        assert answer.status_code == 422
        assert "Kept in the form" in answer.content.decode()
        assert file.name in answer.content.decode()
    other = upload("other.jpg", width=300, height=300, colour="#00ff00")
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post("/account/", profile(picture=other))
    alice.refresh_from_db()
    assert alice.picture.name != first
    assert not default_storage.exists(first)
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post("/account/", profile(remove_picture="on"))
    alice.refresh_from_db()
    assert not alice.picture
    assert default_storage.listdir("people")[1] == []
    assert "AL</span>" in client.get("/account/").content.decode()


def test_a_full_disk_loses_nothing_of_the_profile(client_for, alice, upload, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    answer = client_for(alice).post("/account/", profile(picture=upload(), first_name="Still here"))
    assert answer.status_code == 422
    assert "could not be stored" in answer.content.decode()
    assert "Still here" in answer.content.decode()
