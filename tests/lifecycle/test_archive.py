import errno
import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Picture

from generation.lifecycle import archive, archive_results, output_claims
from generation.lifecycle.archive import archive_due
from generation.lifecycle.dispatch import dispatch_due
from generation.lifecycle.enqueue import Input
from generation.models import Lease, Output, Task
from tests.conftest import picture
from tests.forms.helpers import images_of
from tests.lifecycle.conftest import SECONDS, run_job, words
from tests.support.gateways.raw import raw_gateway, read_request
from tests.support.gateways.scripted import Reply

IMAGE = picture()


@pytest.fixture
def site(gateway):
    """The gateway's host, from which results may be fetched; serves an image at any address."""
    gateway.reply = Reply(200, IMAGE, {"Content-Type": "image/jpeg"})
    return gateway.url.removesuffix("/v1/generation")


@pytest.fixture
def saved(clock):
    """Lets the archiver run once the task's file is due; the fresh task and its file."""

    def run(task):
        output = task.outputs.get()
        if output.next_attempt_at > timezone.now():
            clock.move_to(output.next_attempt_at)
        archive_due()
        task.refresh_from_db()
        return task, task.outputs.get()

    return run


def leftovers(settings):
    return list((settings.DATA_DIR / "tmp").iterdir())


def test_a_result_is_stored_with_its_pictures(site, archiving, saved, settings):
    task, output = saved(archiving(f"{site}/1.jpg"))
    assert (task.state, output.state, output.stored_at) == ("completed", "stored", timezone.now())
    assert output.file.read() == IMAGE
    assert (output.mime, output.width, output.height) == ("image/jpeg", 320, 240)
    assert (output.bytes, output.sha256) == (len(IMAGE), hashlib.sha256(IMAGE).hexdigest())
    assert output.poster.name.endswith("-poster.jpg")
    assert (output.sides, output.poster_bytes) == ([640], output.poster.size)
    with output.poster.open() as file, Picture.open(file) as image:
        assert image.format == "JPEG"
    output.file.close()
    assert task.finished_at == timezone.now()
    assert words(task) == ["completed"]
    assert leftovers(settings) == []


def test_from_submit_to_a_playable_video(sandbox, submitted, poll, clock, alice):
    task = submitted(
        model="viduq2_turbo_img2video",
        params={"prompt": "A boat", "duration": 1, "resolution": "540p"},
        images=[Input(image=images_of(alice, 1)[0])],
    )
    dispatch_due()
    clock.shift(SECONDS)
    for _ in range(200):
        if poll(task).state != "processing":
            break
    archive_due()
    task.refresh_from_db()
    output = task.outputs.get()
    assert (task.state, output.kind, output.mime) == ("completed", "video", "video/mp4")
    assert output.duration == pytest.approx(1, abs=0.2)
    assert default_storage.size(output.file.name) == output.bytes


def test_it_is_completed_only_when_the_file_is_safe(site, archiving, saved, monkeypatch, at_once):
    task, states = archiving(f"{site}/1.jpg"), []
    save = default_storage.save

    def note(name, content):
        states.append(Task.objects.get(pk=task.pk).state)
        return save(name, content)

    monkeypatch.setattr(archive.default_storage, "save", note)
    saved(task)
    assert states == ["archiving"] * 2


def test_a_task_is_completed_by_its_last_file(site, archiving, processing):
    task = archiving(f"{site}/1.jpg")
    Output.objects.create(
        task=task,
        position=1,
        kind="image",
        source_url=f"{site}/2.jpg",
        expires_at=timezone.now() + timedelta(hours=24),
    )
    run_job(archive._archive(output_claims.claim()))
    task.refresh_from_db()
    assert task.state == "archiving"
    archive_due()
    task.refresh_from_db()
    assert task.state == "completed"


def test_nothing_due_is_nothing_to_do(site, archiving, gateway):
    archiving(f"{site}/1.jpg", next_attempt_at=timezone.now() + timedelta(seconds=1))
    archive_due()
    assert gateway.requests == []


def test_two_archivers_do_not_take_the_same_file(site, archiving):
    archiving(f"{site}/1.jpg")
    assert output_claims.claim() is not None
    assert output_claims.claim() is None


# At risk, and lost


def test_an_expired_address_is_at_risk_and_then_lost(gateway, site, archiving, saved):
    gateway.reply = Reply(403, b"expired")
    task = archiving(f"{site}/1.jpg")
    began, reasons = timezone.now(), []
    while task.state == "archiving":
        task, output = saved(task)
        reasons.append(task.reason)
    assert reasons == ["at-risk"] * 7 + ["expired"]
    assert (task.state, output.state) == ("lost", "lost")
    assert timezone.now() - began > timedelta(minutes=10)
    assert task.finished_at == timezone.now()
    assert words(task) == ["at-risk"] * 8 + ["lost"]


def test_an_at_risk_task_says_why_and_is_tried_again(gateway, site, archiving, saved):
    gateway.reply = Reply(500)
    task = archiving(f"{site}/1.jpg?signature=secret")
    before = task.revision
    task, output = saved(task)
    assert (task.state, task.reason) == ("archiving", "at-risk")
    assert "answered HTTP 500" in output.last_error
    assert "secret" not in output.last_error
    assert output.next_attempt_at == timezone.now() + timedelta(seconds=5)
    assert task.revision > before
    assert Lease.objects.get(name="poller").expires_at > timezone.now()
    gateway.reply = Reply(200, IMAGE)
    assert saved(task)[0].state == "completed"
    assert task.reason == ""


def test_trouble_before_does_not_make_one_403_fatal(gateway, site, archiving, saved):
    gateway.reply = Reply(500)
    task = archiving(f"{site}/1.jpg")
    for _ in range(6):
        saved(task)
    gateway.reply = Reply(403)
    assert saved(task)[0].state == "archiving"


def test_long_after_its_end_an_address_is_given_up(gateway, site, archiving, saved, clock):
    gateway.reply = Reply(500)
    task = archiving(f"{site}/1.jpg", attempts=archive_results.TRIED_OFTEN - 1)
    clock.shift(timedelta(hours=49))
    assert saved(task)[0].state == "lost"


def test_a_clock_set_forward_makes_no_address_old(gateway, site, archiving, saved, clock):
    gateway.reply = Reply(500)
    task = archiving(f"{site}/1.jpg")
    clock.shift(timedelta(days=3650))
    assert saved(task)[0].state == "archiving"
    gateway.reply = Reply(200, IMAGE, {"Content-Type": "image/jpeg"})
    assert saved(task)[0].state == "completed"


def test_an_address_that_is_gone_has_no_hours_left(gateway, site, archiving, saved):
    gateway.reply = Reply(500)
    task = archiving(f"{site}/old.jpg")
    assert saved(task)[1].expires_at == task.outputs.get().expires_at > timezone.now()
    gateway.reply = Reply(404)
    output = saved(task)[1]
    assert output.expires_at == timezone.now()
    assert not output.in_time
    gone = output.expires_at
    assert saved(task)[1].expires_at == gone < timezone.now()


def test_a_fresh_address_saves_the_file(gateway, site, archiving, saved):
    def reply(request):
        if request.path.startswith("/v1/"):
            content = {"type": "image", "url": f"{site}/fresh.jpg"}
            return Reply.json(
                {
                    "id": "remote-1",
                    "status": "completed",
                    "output": [content],
                    "usage": {"cost": "0.2"},
                },
                **{"X-Request-Id": "r-1"},
            )
        return Reply(200, IMAGE) if request.path == "/fresh.jpg" else Reply(403)

    gateway.reply = reply
    task, output = saved(archiving(f"{site}/old.jpg"))
    assert (task.state, output.source_url) == ("archiving", f"{site}/fresh.jpg")
    assert output.expires_at == timezone.now() + timedelta(hours=24)
    assert task.charge == Decimal("0.2")
    assert task.events.last().detail["request_id"] == "r-1"
    assert saved(task)[0].state == "completed"


def test_fresh_addresses_that_are_dead_too_do_not_go_on_for_ever(gateway, site, archiving, saved):
    def reply(request):
        if request.path.startswith("/v1/"):
            content = {"type": "image", "url": f"{site}/{len(gateway.requests)}.jpg"}
            return Reply.json({"id": "remote-1", "status": "completed", "output": [content]})
        return Reply(403)

    gateway.reply = reply
    task = archiving(f"{site}/old.jpg")
    for _ in range(archive_results.GONE_ALLOWED):
        saved(task)
    task.refresh_from_db()
    assert task.state == "lost"
    assert len(gateway.requests) == 2 * archive_results.GONE_ALLOWED - 1


def test_a_file_that_is_gone_is_counted_with_the_file_not_in_the_timeline(
    gateway, site, archiving, saved
):
    task = archiving(f"{site}/old.jpg")
    for status in (404, 500, 404):
        gateway.reply = Reply(status)
        output = saved(task)[1]
        task.events.all().delete()
    assert output.times_gone == 2
    gateway.reply = Reply(404)
    for _ in range(archive_results.GONE_ALLOWED - 2):
        assert task.outputs.get().state == "pending"
        task.events.all().delete()
        saved(task)
    assert task.outputs.get().state == "lost"


@pytest.mark.parametrize(
    "body",
    [IMAGE[: len(IMAGE) // 2], b"<html>Not here</html>", b'{"error": "no"}', b""],
    ids=["cut", "html", "json", "empty"],
)
def test_what_is_no_whole_image_is_not_kept(gateway, site, archiving, saved, body, settings):
    gateway.reply = Reply(200, body, {"Content-Type": "image/jpeg"})
    task, output = saved(archiving(f"{site}/1.jpg"))
    assert (task.state, task.reason, output.file.name) == ("archiving", "at-risk", "")
    assert leftovers(settings) == []


def test_an_image_is_no_video(site, archiving, saved):
    task, output = saved(archiving(f"{site}/1.mp4", kind="video"))
    assert task.reason == "at-risk"
    assert "A video was expected" in output.last_error


def test_a_connection_cut_in_the_middle_is_at_risk(archiving, saved, settings, db):
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + IMAGE[:1000])

    with raw_gateway(behave) as settings.GATEWAY_URL:
        site = settings.GATEWAY_URL.removesuffix("/v1/generation")
        task, output = saved(archiving(f"{site}/1.jpg"))
    assert task.reason == "at-risk"
    assert "connection failed" in output.last_error


def test_another_host_of_the_local_network_is_not_asked(site, archiving, saved):
    task, output = saved(archiving("http://127.0.0.1:1/latest/meta-data"))
    assert task.reason == "at-risk"
    assert "not an https address" in output.last_error


def test_a_full_disk_keeps_the_task_and_is_told(site, archiving, saved, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", full)
        task, output = saved(archiving(f"{site}/1.jpg"))
    assert (task.state, task.reason) == ("archiving", "at-risk")
    assert "No space left on device" in output.last_error
    assert saved(task)[0].state == "completed"


def test_a_data_folder_that_cannot_be_written_is_told(site, archiving, saved, settings):
    (settings.DATA_DIR / "tmp").write_text("in the way")
    task, output = saved(archiving(f"{site}/1.jpg"))
    assert task.reason == "at-risk"
    assert "cannot be stored" in output.last_error


def test_a_surprise_is_logged_and_tried_again(site, archiving, saved, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(archive, "inspect_output", lambda *args, **more: 1 / 0)
        task, output = saved(archiving(f"{site}/1.jpg"))
    assert (task.reason, output.last_error) == ("at-risk", "Unexpected: ZeroDivisionError")
    assert "unexpected failure while archiving" in caplog.text
    assert saved(task)[0].state == "completed"


# Crashes


def test_a_crash_between_storing_and_writing_down_costs_nothing(
    site, archiving, saved, monkeypatch
):
    def crash(*args):
        raise SystemExit

    task = archiving(f"{site}/1.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(archive_results, "stored", crash)
        with pytest.raises(SystemExit):
            saved(task)
    task, output = saved(task)
    assert (task.state, output.attempts) == ("completed", 2)
    names = list(all_files("outputs"))
    assert sorted(names) == sorted([output.file.name, output.poster.name])


def all_files(folder):
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for inner in folders:
        yield from all_files(f"{folder}/{inner}")


def test_a_dead_archiver_is_succeeded_after_a_minute(site, archiving, saved):
    task = archiving(f"{site}/1.jpg")
    output_claims.claim()
    began = timezone.now()
    assert saved(task)[0].state == "completed"
    assert timezone.now() - began == timedelta(seconds=60)


def test_an_archiver_that_was_given_up_changes_nothing(gateway, site, archiving):
    task = archiving(f"{site}/1.jpg")
    late = output_claims.claim()
    Output.objects.update(attempts=2)
    run_job(archive._archive(late))
    gateway.reply = Reply(500)
    run_job(archive._archive(late))
    task.refresh_from_db()
    assert (task.state, task.reason, words(task)) == ("archiving", "", [])


def test_the_download_itself_is_what_is_kept(site, archiving, saved, settings, monkeypatch):
    inodes = []
    store = archive._store

    def note(output, part, facts):
        inodes.append(part.stat().st_ino)
        return store(output, part, facts)

    monkeypatch.setattr(archive, "_store", note)
    _, output = saved(archiving(f"{site}/1.jpg"))
    kept = settings.MEDIA_ROOT / output.file.name
    assert [kept.stat().st_ino] == inodes
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == output.sha256
    assert list((settings.DATA_DIR / "tmp").iterdir()) == []
