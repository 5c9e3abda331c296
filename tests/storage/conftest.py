"""A real S3 over HTTP on loopback, and the app with its files there."""

from itertools import count

import boto3
import pytest
from django.core.files.storage import default_storage

from generation.media.storage import parse_storage_url

NUMBERS = count(1)


@pytest.fixture(scope="package")
def s3_address():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_address):
    """The provider's view: a client that may do everything."""
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=s3_address,
        aws_access_key_id="owner",
        aws_secret_access_key="owner-secret",
    )


@pytest.fixture
def bucket(s3, s3_address, settings):
    """The app's files lie in a new bucket under the folder `studio`."""
    name = f"files-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name)
    found = parse_storage_url(f"s3://AK%2F1:s%2Fcret@{name}?endpoint={s3_address}&prefix=studio")
    settings.STORAGES = settings.STORAGES | {"default": found.backend()}
    return found


@pytest.fixture
def storage(bucket):
    return default_storage


@pytest.fixture
def keys_in(s3):
    """The names of all objects."""

    def names(bucket):
        return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket.name).get("Contents", ())]

    return names
