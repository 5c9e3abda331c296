"""What a time of day is worth when a clock may have been set."""

from datetime import UTC, datetime, timedelta

import pytest

from generation import clock

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seconds(number):
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("longest", "up_to"), [(5, 10), (20, 40), (60, 120), (61, 121), (3600, 3660)]
)
def test_nothing_is_planned_further_than_a_plan_and_the_clocks_allow(longest, up_to):
    assert clock.farthest(NOW, seconds(longest)) == NOW + seconds(up_to)


def test_nothing_has_happened_further_ahead_than_clocks_lie_apart():
    assert clock.newest(NOW) == NOW + seconds(60)


@pytest.mark.parametrize(
    ("left", "lasts"),
    [(-7200, False), (0, False), (0.001, True), (40, True), (40.001, False), (7200, False)],
)
def test_a_lease_lasts_until_its_end_and_not_for_hours_after_a_clock_was_set_back(left, lasts):
    assert clock.lasts(NOW + seconds(left), NOW, seconds(20)) is lasts


@pytest.mark.parametrize(
    ("late", "missed"), [(-7200, 0), (0, 0), (60, 0), (60.001, 60.001), (7200, 7200)]
)
def test_who_comes_far_too_late_was_away_for_all_of_it(late, missed):
    assert clock.missed(NOW - seconds(late), NOW) == seconds(missed)


@pytest.mark.parametrize(
    ("told", "believed"), [(0.001, 0), (0, 0), (-3599, -3599), (-3600, 0), (-86400, 0)]
)
def test_the_gateways_clock_is_believed_within_an_hour_and_never_ahead_of_ours(told, believed):
    assert clock.believed(NOW + seconds(told), NOW) == NOW + seconds(believed)


def test_what_the_gateway_does_not_say_is_now():
    assert clock.believed(None, NOW) == NOW
