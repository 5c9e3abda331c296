"""Being gentle: what the gateway asks for, and how often it is asked at most."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.lifecycle import poll_claims, polling
from generation.models import ApiKey, Task
from generation.scheduling import rate_limits
from tests.factories import make_key
from tests.support.clock import Clock
from tests.support.gateways.scripted import Reply


def test_retry_after_holds_for_the_key(gateway, processing, poll_round, clock, team_key, alice):
    other = processing(key=make_key(alice), remote_id="other")
    first, second = processing(remote_id="first"), processing(remote_id="second")
    Task.objects.filter(pk=second.pk).update(next_poll_at=timezone.now() + timedelta(seconds=5))

    def reply(request):
        if "other" in request.path:
            return Reply.json({"id": "other", "status": "running"})
        return Reply(429, b"{}", {"Retry-After": "30"})

    gateway.reply = reply
    poll_round()
    team_key.refresh_from_db()
    assert team_key.polls_wait_until == timezone.now() + timedelta(seconds=30)
    before = len(gateway.requests)
    clock.shift(20)
    poll_round()
    assert {request.path[-5:] for request in gateway.requests[before:]} == {"other"}
    gateway.reply = Reply.json({"id": "x", "status": "running"})
    clock.shift(11)
    poll_round()
    paths = {request.path.rsplit("/")[-1] for request in gateway.requests[before:]}
    assert paths == {"other", "first", "second"}
    assert other.state == first.state == "processing"


def test_a_shorter_retry_after_does_not_shorten_a_longer_one(
    gateway, processing, poll_round, clock, team_key
):
    until = timezone.now() + timedelta(seconds=90)
    ApiKey.objects.update(polls_wait_until=until)
    polling._wait_if_asked(processing(), GatewayFailure("x", retry_after=5))
    team_key.refresh_from_db()
    assert team_key.polls_wait_until == until


@pytest.fixture
def monotonic(monkeypatch):
    """The clock of the poll rate limit."""
    clock = Clock(1000.0)
    monkeypatch.setattr(rate_limits, "time", clock)
    return clock


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 300])
def test_no_second_has_more_polls_than_allowed(monotonic, limit):
    bucket, at = rate_limits.PollRateLimit(limit, 0), []
    for _ in range(400):
        while bucket.allows(None):
            at.append(monotonic.now)
        monotonic.now += 0.05
    busiest = max(sum(1 for other in at if begin <= other < begin + 1) for begin in at)
    assert busiest <= limit
    assert len(at) >= limit * 20 * 0.35


def test_a_key_at_its_limit_does_not_hold_up_another(
    processing, settings, alice, monotonic, monkeypatch
):
    settings.MAX_POLLS_PER_SECOND_PER_KEY = 10
    rate_limits._poll_rate_limit.cache_clear()
    old, later = timezone.now() - timedelta(seconds=60), timezone.now()
    for number in range(30):
        processing(remote_id=f"many-{number}", next_poll_at=old)
    processing(key=make_key(alice), remote_id="single", next_poll_at=later)
    claimed = poll_claims.claim(20)
    asked = sorted(task.remote_id.split("-")[0] for task in claimed)
    assert asked == ["many", "single"]


def test_what_may_not_be_asked_now_stays_due(processing, settings, monotonic):
    settings.MAX_POLLS_PER_SECOND = 10
    rate_limits._poll_rate_limit.cache_clear()
    for number in range(5):
        processing(remote_id=f"r{number}")
    assert len(poll_claims.claim(20)) == 1
    assert Task.objects.due_to_poll().count() == 4
    monotonic.now += 1
    assert len(poll_claims.claim(20)) == 1
