"""Backups of a team whose files lie in a bucket, and back into one."""

import boto3
import pytest

from tests.backup.test_roundtrip import HELD, empty, files, without_small_pictures
from tests.upgrades.dumps import load

pytestmark = pytest.mark.processes


@pytest.fixture
def s3():
    """A real S3 over HTTP with two empty buckets."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=address,
        aws_access_key_id="owner", aws_secret_access_key="owner-secret",
    )  # fmt: skip
    for name in ("old", "new"):
        client.create_bucket(Bucket=name)
    yield client
    server.stop()


def in_bucket(s3, name):
    return {"STORAGE_URL": f"s3://AK:secret@{name}?endpoint={s3.meta.endpoint_url}&prefix=studio"}


def objects(s3, name):
    """What lies there but for marks and the like, by its name in the app."""
    listed = s3.list_objects_v2(Bucket=name).get("Contents", ())
    return {
        key.removeprefix("studio/"): s3.get_object(Bucket=name, Key=key)["Body"].read()
        for key in (entry["Key"] for entry in listed)
        if key.startswith(("studio/images/", "studio/outputs/"))
    }


def test_from_a_bucket_into_another_and_onto_a_disk(tmp_path, gateway_url, s3):
    saved = tmp_path / "team.backup"
    with empty(tmp_path / "old", GATEWAY_URL=gateway_url, **in_bucket(s3, "old")) as old:
        load("0.1.0", old.data_dir, old.env["DATABASE_URL"], gateway_url)
        folder = old.data_dir / "media"
        for name in files(old):
            s3.upload_file(str(folder / name), "old", f"studio/{name}")
        folder.rename(old.data_dir / "not-here")
        old.manage("migrate", "--verbosity", "0")
        old.manage("backup", str(saved))
    was = without_small_pictures(objects(s3, "old"))
    assert len(was) == 8
    for name, into in (("bucket", in_bucket(s3, "new")), ("disk", {})):
        with empty(tmp_path / name, GATEWAY_URL=gateway_url, **into) as new:
            assert "7 tasks wait on hold" in new.manage("restore", str(saved))
            assert new.rows(HELD) == [(7,)]
            if into:
                kept = objects(s3, "new")
                assert not (new.data_dir / "media").exists()
            else:
                media = new.data_dir / "media"
                kept = {name: (media / name).read_bytes() for name in files(new)}
            assert kept == was
