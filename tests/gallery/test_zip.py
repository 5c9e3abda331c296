"""Many results as one file: whole, in parts, with what made them, and without filling the memory."""

import csv
import io
import re
import tracemalloc
import zipfile

import pytest
import time_machine
from django.core.files.storage import default_storage

from generation.media.zipping import Entry, length, stream
from generation.models import Download, TaskText
from generation.presenters.zips import MISSING, NOTHING
from generation.views import zips
from tests.factories import make_output, make_task

FILM = bytes(range(256)) * 4096  # a megabyte


@pytest.fixture(autouse=True)
def _own_cache(own_cache):
    """A selection is kept there."""


@pytest.fixture
def results(alice):
    tasks = [
        make_task(alice, params={"prompt": f"=SUM({n})", "seed": n, "duration": 5}, cost="0.2")
        for n in range(3)
    ]
    for task in tasks:
        make_output(task, data=FILM)
    return tasks


def asked(client, tasks, later=False, **headers):
    data = {"tasks": [str(task.pk) for task in tasks]}
    return client.post(f"/tasks/zip/{'?later=1' if later else ''}", data, headers=headers)


def body(answer):
    data = answer.getvalue()
    assert len(data) == int(answer["Content-Length"])
    return data


def leave(answer):
    """What the server does when its client is gone, but for the test's own connection."""
    for close in answer._resource_closers:
        close()


def opened(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    rows = csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig")))
    return archive, list(rows)


def test_files_and_a_manifest_that_runs_nothing(client_for, bob, alice, results):
    make_output(results[0], data=b"second", position=1)
    TaskText.objects.create(task=results[1], params={"negative_prompt": "+rain"})
    answer = asked(client_for(bob), results)
    assert answer["Content-Type"] == "application/zip"
    assert re.search(
        r'filename="viduweb_results_\d{4}-\d\d-\d\d.zip"', answer["Content-Disposition"]
    )
    archive, rows = opened(body(answer))
    assert len(set(archive.namelist())) == len(rows) + 1 == 5
    assert all(re.fullmatch(r"[\w-]+\.mp4", row["file"]) for row in rows)
    assert archive.read(rows[0]["file"]) == FILM
    assert [row["prompt"] for row in rows] == ["'=SUM(0)", "'=SUM(0)", "'=SUM(1)", "'=SUM(2)"]
    assert (rows[2]["seed"], rows[2]["cost_usd"], rows[2]["member"]) == ("1", "0.20", "alice")
    assert rows[2]["parameters"] == '{"duration": 5, "negative_prompt": "+rain"}'
    assert rows[3]["task"] == str(results[2].pk)


def test_what_is_missing_is_a_line_and_what_is_not_for_one_is_not_there(
    client_for, alice, bob, results
):
    default_storage.delete(results[1].outputs.get().file.name)
    failed = make_task(alice, "failed")
    archive, rows = opened(body(asked(client_for(bob), [*results, failed])))
    assert [row["note"] for row in rows] == ["", MISSING, "", NOTHING]
    assert len(archive.namelist()) == 3
    secret = make_task(alice, visibility="private")
    assert asked(client_for(bob), [results[0], secret]).status_code == 404
    assert asked(client_for(bob), []).status_code == 422


def test_a_broken_download_goes_on_to_the_same_bytes(client_for, alice, bob, results):
    client = client_for(bob)
    with time_machine.travel("2026-11-28 12:00+00:00"):
        address = asked(client, results, later=True).url
        first = client.get(address)
        whole, etag = body(first), first["ETag"]
    assert first["Accept-Ranges"] == "bytes"
    with time_machine.travel("2026-11-28 18:00+00:00"):
        for start in (1, 100, len(FILM) + 77, len(whole) - 30):
            rest = client.get(address, headers={"range": f"bytes={start}-", "if-range": etag})
            assert rest.status_code == 206
            assert rest["Content-Range"] == f"bytes {start}-{len(whole) - 1}/{len(whole)}"
            assert body(rest) == whole[start:]
        assert body(client.get(address, headers={"range": "bytes=10-19"})) == whole[10:20]
        assert client.head(address)["Content-Length"] == str(len(whole))
        outside = client.get(address, headers={"range": f"bytes={len(whole)}-"})
        assert outside.status_code == 416
        assert outside["Cross-Origin-Resource-Policy"] == "same-origin"
        assert outside["Cache-Control"] == "private, no-store"
        # Another file than that which broke begins anew.
        default_storage.delete(results[0].outputs.get().file.name)
        anew = client.get(address, headers={"range": "bytes=100-", "if-range": etag})
        assert (anew.status_code, anew["ETag"] == etag) == (200, False)
        opened(body(anew))
    assert client_for(alice).get(address).status_code == 404


def test_as_many_queries_for_many_as_for_few(client_for, bob, results, django_assert_num_queries):
    client = client_for(bob)
    for some in (results[:1], results):
        with django_assert_num_queries(7):
            answer = asked(client, some)
        leave(answer)


def test_everything_that_matches_goes_into_one_beyond_what_one_ticks(
    client_for, alice, bob, results, monkeypatch
):
    """As if one could tick two, and what it holds were looked up two by two."""
    monkeypatch.setattr("generation.gallery.selection.MOST", 2)
    monkeypatch.setattr(zips, "CHUNK", 2)
    for _ in range(2):
        make_output(make_task(alice, params={"prompt": "=SUM(0)"}), data=b"more")
    client = client_for(bob)
    assert asked(client, results).status_code == 422
    address = client.post("/tasks/zip/?later=1", {"all": "1", "query": "owner=alice"}).url
    whole = body(client.get(address))
    archive, rows = opened(whole)
    assert len(set(archive.namelist())) == len(rows) + 1 == 6
    assert [row["file"] for row in rows] == archive.namelist()[:-1]
    assert Download.objects.filter(by=bob).count() == 5
    rest = client.get(address, headers={"range": "bytes=1000-"})
    assert body(rest) == whole[1000:]


def test_only_some_at_once_and_each_gives_its_turn_back(client_for, bob, results):
    client = client_for(bob)
    for _ in range(2):
        held = [asked(client, results[:1]) for _ in range(zips.AT_ONCE)]
        full = asked(client, results[:1])
        assert (full.status_code, full["Retry-After"]) == (503, "60")
        for answer in held:
            leave(answer)


def test_five_gigabytes_pass_through_a_few_megabytes(tmp_path):
    """Sparse: only its last bytes are on the disk. Their checksum is what takes the time."""
    large = tmp_path / "film"
    size = 5 * 1024**3
    with large.open("wb") as file:
        file.truncate(size)
    entries = [Entry("a.mp4", size, lambda: large.open("rb"))]
    whole = length(entries)
    assert whole > size
    tracemalloc.start()
    sent = 0
    for piece in stream(entries):
        sent += len(piece)
        if sent > 64 * 1024**2:
            break
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 1024**2


def test_a_file_that_shrinks_meanwhile_ends_the_download(tmp_path):
    film = tmp_path / "film"
    film.write_bytes(b"12345")
    entries = [Entry("a.mp4", 6, lambda: film.open("rb"))]
    with pytest.raises(OSError, match="has changed"):
        list(stream(entries))
