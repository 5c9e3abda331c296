"""The backend alone, against a real S3 over HTTP."""

import os
import threading

import httpx
import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from generation.media.s3 import PART, BucketError
from generation.media.storage import parse_storage_url


class Watched(File):
    """Remembers how much of itself was asked for at once."""

    def __init__(self, file):
        super().__init__(file)
        self.reads = []

    def read(self, size=-1):
        data = self.file.read(size)
        self.reads.append(len(data))
        return data


def test_it_works(storage, bucket, keys_in):
    assert storage.save("images/a.webp", ContentFile(b"picture")) == "images/a.webp"
    assert storage.exists("images/a.webp")
    assert storage.size("images/a.webp") == 7
    with storage.open("images/a.webp") as file:
        assert file.read() == b"picture"
    assert keys_in(bucket) == ["studio/images/a.webp"]
    storage.delete("images/a.webp")
    assert not storage.exists("images/a.webp")


def test_saving_again_keeps_the_name(storage):
    for data in (b"first", b"second, longer"):
        assert storage.save("a.webp", ContentFile(data)) == "a.webp"
    assert storage.size("a.webp") == len(b"second, longer")


def test_a_large_file_travels_in_parts(storage, bucket, s3, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as sparse:
        sparse.truncate(3 * PART + 1)
    with path.open("rb") as stream:
        watched = Watched(stream)
        storage.save("large.mp4", watched)
    assert max(watched.reads) <= PART
    assert storage.size("large.mp4") == 3 * PART + 1
    assert s3.head_object(Bucket=bucket.name, Key="studio/large.mp4")["ETag"].endswith('-4"')


def test_a_large_file_is_read_by_way_of_the_disk(storage):
    storage.save("large", ContentFile(bytes(PART + 1)))
    with storage.open("large") as file:
        assert file.file._rolled
        assert file.read(3) == bytes(3)


def test_objects_are_private(storage, bucket, s3_address):
    storage.save("a.webp", ContentFile(b"picture"))
    assert httpx.get(f"{s3_address}/{bucket.name}/studio/a.webp").status_code == 403


def test_a_missing_file_is_missing_as_on_disk(storage):
    with pytest.raises(FileNotFoundError):
        storage.open("none.webp")
    with pytest.raises(FileNotFoundError):
        storage.size("none.webp")
    storage.delete("none.webp")


def use(storage, work):
    return {
        "save": lambda: storage.save("a", ContentFile(b"x")),
        "exists": lambda: storage.exists("a"),
        "size": lambda: storage.size("a"),
        "open": lambda: storage.open("a"),
        "delete": lambda: storage.delete("a"),
    }[work]()


@pytest.mark.parametrize("work", ["save", "exists", "size", "open", "delete"])
def test_a_bucket_out_of_reach_fails_as_a_disk_does(settings, work, monkeypatch):
    bucket = parse_storage_url("s3://KEY:hush@bucket?endpoint=http://127.0.0.1:1")
    settings.STORAGES = settings.STORAGES | {"default": bucket.backend()}
    storage = storages["default"]
    # Only the waiting between the tries is left out.
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    with pytest.raises(BucketError, match=r"cannot be used \(EndpointConnectionError\)"):
        use(storage, work)


def test_a_refusal_names_its_code_only(settings, s3_address):
    bucket = parse_storage_url(f"s3://KEY:hush@never-made?endpoint={s3_address}")
    settings.STORAGES = settings.STORAGES | {"default": bucket.backend()}
    with pytest.raises(BucketError) as refused:
        storages["default"].save("a", ContentFile(b"x"))
    assert str(refused.value) == "the bucket refused (NoSuchBucket)"


def test_threads_share_one_connection(storage):
    seen = [storage.connection]
    thread = threading.Thread(target=lambda: seen.append(storage.connection))
    thread.start()
    thread.join()
    assert seen[0] is seen[1]


def test_a_forked_process_has_its_own(storage, monkeypatch):
    parents = storage.connection
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert storage.connection is not parents
