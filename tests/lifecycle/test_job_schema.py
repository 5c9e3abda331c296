"""Jobs leave the tables of another version alone: each of them, before it asks anything."""

import inspect
import logging
from uuid import uuid4

import pytest

from generation import jobs
from generation.workers.heartbeats import heartbeats

WHY = "The database belongs to another version."
DUMMIES = {str: str(uuid4()), int: 1}


def is_job(found):
    return inspect.isfunction(found) and found.__module__ == jobs.__name__


# The heartbeat itself is told all the same; what it goes on to do is not done.
JOBS = {found for _, found in inspect.getmembers(jobs, is_job)} - {jobs.heartbeat}


@pytest.fixture
def mismatch(monkeypatch):
    monkeypatch.setattr("generation.schema.mismatch", lambda: WHY)


@pytest.mark.parametrize("job", sorted(JOBS, key=lambda job: job.__name__))
def test_on_another_version_it_only_says_so(job, mismatch, caplog):
    """It has no database here: a query would be an error."""
    given = inspect.signature(job).parameters.values()
    job(*(DUMMIES[one.annotation] for one in given if one.kind is not one.VAR_POSITIONAL))
    assert caplog.record_tuples == [("generation.schema", logging.ERROR, WHY)]


def test_the_heartbeat_is_told_all_the_same(mismatch, db, caplog):
    jobs.heartbeat()
    assert len(heartbeats()) == 1
    assert caplog.messages == [WHY]
