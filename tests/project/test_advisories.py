"""`make audit` never says that all is well without having looked."""

import httpx
import pytest

from tests import advisories
from tests.advisories import LOCKS, ROOT, WITNESS, main, pins


def source(answer):
    """A client for which OSV answers by `answer`, which gets the queries."""

    def handle(request):
        queries = httpx.Response(200, content=request.read()).json()["queries"]
        return answer(queries)

    return httpx.Client(transport=httpx.MockTransport(handle))


def _is_bad(name, version, names):
    return name in names and (name != WITNESS[0] or version == WITNESS[1])


def vulnerable(*names):
    def answer(queries):
        results = [
            {"vulns": [{"id": f"GHSA-{query['package']['name']}", "modified": "x"}]}
            if _is_bad(query["package"]["name"], query["version"], names)
            else {}
            for query in queries
        ]
        return httpx.Response(200, json={"results": results})

    return answer


def unreachable(queries):
    raise httpx.ConnectError("no route")


def test_all_is_well_once_it_has_looked(capsys):
    assert main(source(vulnerable("django"))) == 0
    assert "packages of requirements.txt and requirements-dev.txt looked up: 0" in (
        capsys.readouterr().out
    )


def test_what_is_known_fails_and_is_named(capsys, monkeypatch):
    assert main(source(vulnerable("django", "pillow"))) == 1
    assert "https://osv.dev/GHSA-pillow" in capsys.readouterr().out
    monkeypatch.setitem(advisories.ACCEPTED, "GHSA-pillow", "we never open such files")
    assert main(source(vulnerable("django", "pillow"))) == 0
    assert "we never open such files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [
        unreachable,
        lambda queries: httpx.Response(503),
        lambda queries: httpx.Response(302, headers={"location": "https://x.example/"}),
        lambda queries: httpx.Response(200, text="<html>Log in</html>"),
        lambda queries: httpx.Response(200, json=[]),
        lambda queries: httpx.Response(200, json={"results": [{}]}),
        lambda queries: httpx.Response(200, json={"results": [None for _ in queries]}),
        lambda queries: httpx.Response(200, json={"results": [{} for _ in queries]}),
    ],
)
def test_without_a_look_it_says_so_and_nothing_else(answer, capsys):
    assert main(source(answer)) == 0
    said = capsys.readouterr().out
    assert said.startswith("NOT CHECKED for known vulnerabilities: ")
    assert "looked up" not in said


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_asked_for(lock):
    text = (ROOT / lock).read_text()
    lines = [line for line in text.splitlines() if line and line[0] not in " #-"]
    assert len(pins(text)) == len(lines) > 20
    assert "django" in dict(pins(text))
