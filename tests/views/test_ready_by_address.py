"""Load balancers ask each machine by its address, which is no host name of ours."""

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz/"])
def test_machines_may_be_asked_by_address(client, db, settings, path):
    settings.ALLOWED_HOSTS = [".studio.example.com"]
    answer = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert answer.status_code in (200, 503)
    assert client.get("/login/", headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_the_schema_of_another_version_is_told(client, db, monkeypatch):
    from generation import middleware

    why = "The database is older than this version of viduweb."
    monkeypatch.setattr(middleware.schema, "answer", lambda: why)
    for path in ("/", "/tasks/", "/login/"):
        answer = client.get(path)
        assert (answer.status_code, answer.content.decode().strip()) == (503, why)
    assert client.get("/healthz").status_code == 200
