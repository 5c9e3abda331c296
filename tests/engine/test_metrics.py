"""Metrics for Prometheus: behind a token, in its text format, without secrets."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle.transitions import Happened, record
from generation.models import Counter, Lease

URL = reverse("metrics")
SAMPLE = re.compile(
    r'viduweb_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\[\\n"])*"(,[a-z]+="(?:[^"\\\n]|\\[\\n"])*")*\})? \S+'
)


@pytest.fixture
def token(settings):
    settings.METRICS_TOKEN = "a-long-token-for-tests"
    return {"authorization": "Bearer a-long-token-for-tests"}


def test_it_works(client, db, token):
    response = client.get(URL, headers=token)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'viduweb_tasks{state="queued"} 0.0' in response.content.decode().splitlines()


def test_its_place_is_where_prometheus_looks():
    assert URL == "/metrics"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "a-long-token-for-tests",
        "Basic a-long-token-for-tests",
    ],
)
def test_without_the_token_there_is_nothing(client, db, token, given):
    assert client.get(URL, headers={"authorization": given}).status_code == 404


@pytest.mark.parametrize("given", ["Bearer ", "Bearer", ""])
def test_without_the_setting_there_is_nothing(client, db, given):
    assert client.get(URL, headers={"authorization": given}).status_code == 404


def test_admins_need_it_too(client_for, admin, token):
    assert client_for(admin).get(URL).status_code == 404


def test_nobody_posts_there(client, db, token):
    assert client.post(URL, headers=token).status_code == 405


def test_every_line_is_well_formed(client, in_state, token):
    task = in_state("processing", key_label='Team "one"\\\n')
    record(task.pk, "processing", Happened("waits", "Busy."))
    lines = client.get(URL, headers=token).content.decode().split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert line.startswith(("# HELP viduweb_", "# TYPE viduweb_")) or SAMPLE.fullmatch(line)
    assert 'viduweb_errors_last_hour{key="Team \\"one\\"\\\\\\n",kind="waits"} 1.0' in lines


def test_every_metric_has_a_type_before_its_samples(client, in_state, token):
    in_state("uncertain")
    typed = set()
    for line in client.get(URL, headers=token).content.decode().splitlines():
        if line.startswith("# TYPE"):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            assert re.match(r"\w+", line)[0] in typed


def test_only_the_total_of_polls_is_a_counter(client, db, token):
    text = client.get(URL, headers=token).content.decode()
    assert re.findall(r"# TYPE (\w+) counter", text) == ["viduweb_polls_total"]
    assert "viduweb_polls_total 0.0" in text.splitlines()
    Counter.objects.create(name="polls", value=7)
    text = client.get(URL, headers=token).content.decode()
    assert "viduweb_polls_total 7.0" in text.splitlines()


def test_nothing_is_told_of_this_process(client, db, token):
    """Of the web processes, each scrape meets another one."""
    text = client.get(URL, headers=token).content.decode()
    assert not re.search(r"^(process|python)_", text, re.MULTILINE)


def test_states_are_told(client, in_state, token):
    in_state("uncertain")
    text = client.get(URL, headers=token).content.decode()
    assert 'viduweb_tasks{state="uncertain"} 1.0' in text


def test_clusters_are_told_by_machine(client, db, token):
    expires_at = timezone.now() + timedelta(seconds=30)
    Lease.objects.create(name="cluster:default@studio-1", expires_at=expires_at)
    lines = client.get(URL, headers=token).content.decode().splitlines()
    assert 'viduweb_cluster_alive{cluster="default",host="studio-1"} 1.0' in lines
    assert 'viduweb_cluster_alive{cluster="poll",host=""} 0.0' in lines


def test_no_secret_is_told(client, in_state, token, team_key):
    in_state("processing", callback_token="the-callback-token")
    text = client.get(URL, headers=token).content.decode()
    for secret in (
        team_key.reveal(),
        team_key.secret,
        "the-callback-token",
        token["authorization"],
    ):
        assert secret not in text
