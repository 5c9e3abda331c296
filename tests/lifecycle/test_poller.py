import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation import jobs
from generation.lifecycle import key_check, poller, polling
from generation.lifecycle.dispatch import dispatch_due
from generation.lifecycle.poller import ensure_poller, run_poller
from generation.models import ApiKey, Lease, Output, Task
from tests.factories import make_output, make_task
from tests.lifecycle.conftest import SECONDS, words
from tests.support.gateways.scripted import Reply
from tests.support.ports import free_port

FILE = {"type": "image", "url": "https://cdn.example/1.png"}
DONE = {"id": "remote-1", "status": "completed", "output": [{"content": [FILE]}]}


def running(**more):
    return Reply.json({"id": "remote-1", "status": "in_progress", **more})


def test_a_task_is_followed_to_its_end(sandbox, submitted, poll, clock):
    task = submitted()
    dispatch_due()
    task = poll(task)
    assert task.state == "processing"
    assert 0 < task.progress < 1
    clock.shift(SECONDS)
    task = poll(task)
    assert (task.state, task.progress, task.outputs.count()) == ("archiving", 1, 1)
    assert task.cost is not None
    assert words(task)[-1] == "generated"


def test_progress_is_written_down(gateway, processing, poll):
    gateway.reply = running(progress=0.4)
    task = processing()
    before = task.revision
    assert poll(task).progress == 0.4
    assert task.revision > before


def test_progress_never_goes_backwards(gateway, processing, poll):
    gateway.reply = running(progress=0.2)
    assert poll(processing(progress=0.6)).progress == 0.6


def test_nothing_new_is_no_change(gateway, processing, poll):
    gateway.reply = running(progress=0.4)
    task = poll(processing())
    before = (task.revision, words(task))
    task = poll(task)
    assert (task.revision, words(task)) == before


def test_an_unknown_word_means_running(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "meditating"})
    task = poll(processing())
    assert (task.state, task.gateway_status) == ("processing", "meditating")
    assert task.events.last().text == "The gateway says “meditating”."


def test_failed_comes_with_http_200(gateway, processing, poll):
    gateway.reply = Reply.json(
        {
            "id": "remote-1",
            "status": "failed",
            "error": {"code": "110001", "message": "sensitive"},
            "usage": {"cost": ""},
        }
    )
    task = poll(processing())
    assert (task.state, task.reason) == ("failed", "generation")
    assert (task.error_code, task.error_message, task.cost) == ("110001", "sensitive", None)
    assert task.charge is None


def test_a_failure_that_costs_is_charged(gateway, processing, poll):
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "failed", "error": "x", "usage": {"cost": "0.1"}}
    )
    assert poll(processing()).charge == Decimal("0.1")


def test_completed_brings_every_file(gateway, processing, poll):
    files = [{"type": "video", "url": f"https://cdn.example/{n}.mp4"} for n in range(3)]
    gateway.reply = Reply.json({**DONE, "output": [{"content": files}]})
    task = poll(processing())
    assert [(output.kind, output.position) for output in task.outputs.all()] == [
        ("video", 0),
        ("video", 1),
        ("video", 2),
    ]


def test_a_result_whose_wakeup_was_lost_does_not_wait_for_reconcile(
    alice, woken, clock, django_capture_on_commit_callbacks
):
    make_output(make_task(alice, "archiving"))
    Output.objects.update(state="pending", next_attempt_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert not poller._wake_for_retries()
    clock.shift(timedelta(seconds=6))
    with django_capture_on_commit_callbacks(execute=True):
        assert poller._wake_for_retries()
    assert woken == [("generation.jobs.archive", (), "default")]
    assert poller.in_flight(), "the poller stays until it is taken"


def test_the_archiver_is_rung_for(
    gateway, processing, poll, woken, django_capture_on_commit_callbacks
):
    gateway.reply = Reply.json(DONE)
    with django_capture_on_commit_callbacks(execute=True):
        poll(processing())
    assert ("generation.jobs.archive", (), "default") in woken


@pytest.mark.parametrize(
    ("completed_at", "hours"), [(-600, 24 - 1 / 6), (-7200, 24), (+7200, 24), (None, 24)]
)
def test_the_gateways_clock_is_not_trusted_far(gateway, processing, poll, completed_at, hours):
    now = timezone.now()
    at = None if completed_at is None else now.timestamp() + completed_at
    gateway.reply = Reply.json({**DONE, "metadata": {"completed_at": at}})
    output = poll(processing()).outputs.get()
    # A float on the wire is good to a microsecond or so.
    assert abs(output.expires_at - now - timedelta(hours=hours)) < timedelta(milliseconds=1)


def test_completed_without_a_file_is_looked_at_again(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "completed"})
    task = processing()
    for _ in range(4):
        assert poll(task).state == "processing"
    gateway.reply = Reply.json(DONE)
    assert poll(task).state == "archiving"


def test_completed_without_a_file_is_uncertain_in_the_end(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "completed", "usage": {"cost": 0.1}})
    task = processing()
    for _ in range(5):
        poll(task)
    assert (task.state, task.reason) == ("uncertain", "no-file")
    assert task.charge == Decimal("0.1")


def test_an_unknown_task_is_uncertain_after_three_looks(gateway, processing, poll):
    gateway.reply = Reply.json({"error": "task not found"}, 404)
    task = processing()
    assert [poll(task).state for _ in range(3)] == ["processing", "processing", "uncertain"]
    assert (task.reason, task.http_status) == ("not-found", 404)


def test_one_404_is_forgiven(gateway, processing, poll):
    task = processing()
    for reply in (Reply(404), Reply(404), running(), Reply(404), Reply(404), running()):
        gateway.reply = reply
        assert poll(task).state == "processing"
    assert task.misses == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_its_tasks(gateway, processing, poll, team_key, status):
    gateway.reply = Reply.json({"error": "no"}, status)
    task = poll(processing())
    team_key.refresh_from_db()
    assert (task.state, task.reason) == ("processing", "key")
    assert task.next_poll_at == timezone.now() + timedelta(seconds=60)
    assert team_key.paused_at == timezone.now()
    assert f"HTTP {status}" in team_key.last_error
    assert words(poll(task)).count("key-refused") == 1


def test_they_go_on_when_the_key_works(gateway, processing, poll, team_key):
    gateway.reply = Reply(401)
    task = poll(processing())
    before = task.revision
    gateway.reply = running()
    task = poll(task)
    team_key.refresh_from_db()
    assert (task.reason, team_key.paused_at, team_key.last_error) == ("", None, "")
    assert task.revision > before
    assert "key-accepted" in words(task)


def test_a_key_that_is_tested_and_good_sets_its_tasks_going(gateway, processing, poll, team_key):
    gateway.reply = Reply(401)
    task = poll(processing())
    gateway.reply = Reply(404)
    assert key_check.test_key(team_key) == (True, "the gateway accepts it.")
    task.refresh_from_db()
    assert task.next_poll_at == timezone.now()


def test_a_bad_key_is_told(gateway, team_key):
    gateway.reply = Reply(401)
    good, sentence = key_check.test_key(team_key)
    assert not good
    assert "refuses" in sentence


def test_a_deleted_key_is_told_and_ends_with_the_deadline(
    gateway, processing, poll, team_key, clock
):
    task = processing()
    team_key.delete()
    task = poll(task)
    assert (task.state, task.reason, words(task)) == ("processing", "key", ["key-missing"])
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    poll(task)
    assert (task.state, task.reason) == ("uncertain", "deadline")
    assert gateway.requests == []


def test_a_key_that_cannot_be_decrypted_is_told_once(gateway, processing, poll):
    task = processing()
    ApiKey.objects.update(secret="not-ours")
    poll(task)
    assert (poll(task).reason, words(task)) == ("key", ["key-unreadable"])


@pytest.mark.parametrize(
    "reply",
    [
        Reply(408),
        Reply(409),
        Reply(425),
        Reply(429, b"{}", {"Retry-After": "1"}),
        Reply(500),
        Reply(503),
        Reply(200, b"<html>maintenance</html>"),
        Reply(200, b"[]"),
        Reply(302, b"", {"Location": "/elsewhere"}),
    ],
)
def test_trouble_at_the_gateway_never_fails_a_task(gateway, processing, poll, reply):
    gateway.reply = reply
    task = poll(processing())
    assert (task.state, task.unreachable_since) == ("processing", timezone.now())
    assert words(task) == ["unreachable"]


def test_unreachable_since_stays_and_is_cleared(gateway, processing, poll, settings):
    good = settings.GATEWAY_URL
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = poll(processing())
    since = task.unreachable_since
    assert since == timezone.now()
    assert poll(task).unreachable_since == since
    assert task.next_poll_at - timezone.now() >= timedelta(seconds=8)
    settings.GATEWAY_URL = good
    polling.close_polls()
    before = task.revision
    assert poll(task).unreachable_since is None
    assert task.revision > before


@pytest.mark.parametrize("reply", [Reply(500), running()])
def test_after_the_deadline_it_is_uncertain(gateway, processing, poll, clock, reply):
    gateway.reply = reply
    task = processing()
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    assert (poll(task).state, task.reason) == ("uncertain", "deadline")


def test_time_in_which_nobody_looked_does_not_count(gateway, processing, look, clock):
    """Nor does a clock set forward: no task is given up for it."""
    gateway.reply = running()
    task = processing()
    clock.shift(7200)
    look()
    task.refresh_from_db()
    assert task.state == "processing"
    assert task.deadline_at == timezone.now() + timedelta(seconds=900)
    # It is as young as it was, so the next look is soon.
    assert task.next_poll_at - timezone.now() < timedelta(seconds=4)


def test_done_after_the_deadline_is_done(gateway, processing, poll, clock):
    gateway.reply = Reply.json(DONE)
    task = processing()
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    assert poll(task).state == "archiving"


def test_one_odd_task_does_not_stop_the_others(gateway, processing, look, monkeypatch, caplog):
    odd, other = processing(remote_id="odd"), processing(remote_id="other")
    apply = polling.apply_reply

    def stumble(task, reply):
        if task.pk == odd.pk:
            raise ValueError("odd")
        apply(task, reply)

    monkeypatch.setattr(polling, "apply_reply", stumble)
    gateway.reply = lambda request: Reply.json({"id": "x", "status": "in_progress", "progress": 1})
    look()
    other.refresh_from_db()
    assert other.progress == 1
    assert f"task {odd.pk}: could not apply" in caplog.text


def test_what_changed_meanwhile_is_left_alone(gateway, processing, look, monkeypatch):
    task = processing()

    gateway.reply = Reply.json(DONE)
    apply = polling.apply

    def late(given, answer):
        Task.objects.filter(pk=task.pk).update(state="uncertain")
        apply(given, answer)

    monkeypatch.setattr(polling, "apply", late)
    look()
    task.refresh_from_db()
    assert (task.state, task.outputs.count()) == ("uncertain", 0)


def test_a_young_task_is_looked_at_every_few_seconds(gateway, processing, poll):
    task = processing()
    gateway.reply = running()
    waits = []
    while (timezone.now() - task.accepted_at).total_seconds() < 300:
        poll(task)
        waits.append((task.next_poll_at - timezone.now()).total_seconds())
    assert min(waits) > 1.9
    assert max(waits) < 5


def test_a_full_round_asks_for_everything_due(gateway, processing, look):
    for number in range(40):
        processing(remote_id=f"remote-{number}")
    look()
    assert len({request.path for request in gateway.requests}) == 40


def test_a_locked_database_is_waited_for(gateway, processing, poll, monkeypatch):
    claim, failures, slept = polling.claim, [OperationalError("locked")], []

    def locked(*given, **more):
        if failures:
            raise failures.pop()
        return claim(*given, **more)

    monkeypatch.setattr(polling, "claim", locked)
    monkeypatch.setattr(poller.time, "sleep", slept.append)
    gateway.reply = Reply.json(DONE)
    task = processing()
    while poll(task).state == "processing":
        pass
    assert slept[0] == 1
    assert task.state == "archiving"


def test_strange_words_can_be_stored(gateway, processing, poll):
    strange = "a\x00b\ud800c\u202e" + "x" * 600
    error = {"code": strange, "message": strange}
    gateway.reply = Reply.json({"id": "remote-1", "status": strange, "progress": 1e300})
    task = poll(processing())
    assert task.state == "processing"
    gateway.reply = Reply.json({"id": "remote-1", "status": "failed", "error": error})
    assert poll(task).state == "failed"
    assert "\x00" not in task.error_message


def test_a_look_that_hangs_holds_up_no_other(gateway, processing, look, monkeypatch):
    gate, slow, other = threading.Event(), processing(remote_id="slow"), processing(remote_id="o")

    def hold(request):
        if request.path.endswith("/slow"):
            gate.wait(60)
        return running(progress=0.5)

    def asked(task):
        return sum(request.path.endswith(f"/{task.remote_id}") for request in gateway.requests)

    monkeypatch.setattr(polling, "TIMEOUT", 60.0)
    monkeypatch.setattr(poller, "DRAIN", 0.05)
    gateway.reply = hold
    try:
        # Both fall due again and again: one is asked about, the other answers nothing yet.
        while asked(other) < 3:
            look()
            Task.objects.update(next_poll_at=timezone.now())
        other.refresh_from_db()
        slow.refresh_from_db()
        assert (slow.progress, other.progress, asked(slow)) == (None, 0.5, 1)
    finally:
        gate.set()
    # Nothing is due: a later job takes the late answer, and asks nobody.
    Task.objects.update(next_poll_at=timezone.now() + timedelta(minutes=5))
    monkeypatch.setattr(poller, "DRAIN", 60.0)
    look()
    slow.refresh_from_db()
    assert (slow.progress, asked(slow)) == (0.5, 1)


def test_a_clock_set_back_stops_nothing(gateway, processing, clock, monkeypatch):
    monkeypatch.setattr(poller, "RENEW_EVERY", -1.0)
    gateway.reply = running(progress=0.5)
    ensure_poller()
    task = processing(next_poll_at=timezone.now())
    clock.shift(-7200)
    assert ensure_poller()
    run_poller(token(), budget=0.2)
    task.refresh_from_db()
    assert task.progress == 0.5


# The lease


def token():
    return Lease.objects.get(name="poller").token


def test_only_one_poller_is_started(db, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert ensure_poller()
        assert not ensure_poller()
    assert woken == [("generation.jobs.poll", (token(),), "poll")]


def test_a_lost_poller_is_replaced(db, clock):
    ensure_poller()
    lost = token()
    clock.shift(21)
    assert ensure_poller()
    assert token() != lost


def test_an_old_token_ends_at_once(gateway, processing):
    processing()
    ensure_poller()
    assert run_poller("another") == "stale"
    assert gateway.requests == []


def test_the_lease_is_handed_over(gateway, processing, woken, django_capture_on_commit_callbacks):
    processing()
    ensure_poller()
    first = token()
    with django_capture_on_commit_callbacks(execute=True):
        assert run_poller(first, budget=0.005) == "handed over"
    assert woken == [("generation.jobs.poll", (token(),), "poll")]
    assert run_poller(first) == "stale"


def test_a_poller_that_lost_the_lease_hands_nothing_over(gateway, processing, monkeypatch, woken):
    processing()
    ensure_poller()
    look = poller._step

    def robbed(*given):
        Lease.objects.filter(name="poller").update(token="another")
        return look(*given)

    monkeypatch.setattr(poller, "_step", robbed)
    assert run_poller(token(), budget=0.005) == "lost"
    assert token() == "another"


def test_with_nothing_in_flight_the_poller_ends(db, monkeypatch):
    polling = []
    look = poller._step
    monkeypatch.setattr(poller, "_step", lambda *given: polling.append(1) or look(*given))
    ensure_poller()
    assert run_poller(token()) == "idle"
    assert len(polling) == 1
    assert Lease.objects.get(name="poller").expires_at < timezone.now()
    assert ensure_poller()


def test_a_task_accepted_in_the_last_moment_is_not_forgotten(gateway, processing, monkeypatch):
    ensure_poller()
    keep = poller._keep

    def late(token, new=None, ttl=poller.LEASE_TTL):
        if ttl < timedelta(0):
            processing()
        return keep(token, new, ttl)

    monkeypatch.setattr(poller, "_keep", late)
    assert run_poller(token()) == "idle"
    assert Lease.objects.get(name="poller").expires_at > timezone.now()


def test_the_poller_keeps_its_lease_while_it_works(gateway, processing, monkeypatch, clock):
    processing()
    ensure_poller()
    monkeypatch.setattr(poller, "RENEW_EVERY", -1.0)
    clock.shift(15)
    run_poller(token(), budget=0.005)
    assert Lease.objects.get(name="poller").expires_at == timezone.now() + poller.LEASE_TTL


def test_a_heartbeat_sets_a_lost_poller_going(gateway, processing, woken, clock):
    jobs.heartbeat()
    assert not Lease.objects.filter(name="poller").exists()
    processing()
    jobs.heartbeat()
    assert Lease.objects.get(name="poller").expires_at > timezone.now()
