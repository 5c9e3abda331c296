from urllib.parse import quote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st

from generation.media.s3 import PrivateBucket
from generation.media.storage import Bucket, parse_storage_url
from tests.project.test_settings import GOOD, check, show

SECRET = "cAnArY+/secret"


def test_an_amazon_bucket_needs_only_its_region():
    assert parse_storage_url("s3://studio-files?region=eu-central-1") == Bucket(
        name="studio-files",
        region="eu-central-1",
        endpoint="https://s3.eu-central-1.amazonaws.com",
        addressing="virtual",
    )


def test_everything_can_be_said():
    url = f"s3://AK:{quote(SECRET, safe='')}@b.c-1?region=auto&endpoint=https://x.example:9000/&prefix=/a/b/"
    bucket = parse_storage_url(url + "&addressing=path")
    assert bucket == Bucket("b.c-1", "auto", "https://x.example:9000", "path", "a/b", "AK", SECRET)
    assert SECRET not in repr(bucket)


@pytest.mark.parametrize("url", ["", "  "])
def test_empty_means_files_on_disk(url):
    assert parse_storage_url(url) is None


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://bucket?region=x", "s3://"),
        ("bucket", "s3://"),
        ("s3:bucket?region=x", "no valid bucket"),
        ("s3://[bucket?region=x", "cannot be read"),
        ("s3://", "no valid bucket"),
        ("s3://Bucket?region=x", "no valid bucket"),
        ("s3://10.0.0.1?region=x", "no valid bucket"),
        ("s3://bucket:9000?region=x", "no valid bucket"),
        ("s3://KEY:se/cret@bucket?region=x", "percent-encoded"),
        ("s3://KEY:se?cret@bucket?region=x", "percent-encoded"),
        ("s3://KEY:se#cret@bucket?region=x", "percent-encoded"),
        ("s3://KEY@bucket?region=x", "both KEY and SECRET"),
        ("s3://:secret@bucket?region=x", "both KEY and SECRET"),
        ("s3://bucket/folder?region=x", "prefix="),
        ("s3://bucket?region=x#y", "%23"),
        ("s3://bucket", "needs region"),
        ("s3://bucket?region=", "needs region"),
        ("s3://bucket?region=EU West", "region"),
        ("s3://bucket?region=x&acl=public", "region, endpoint, prefix, addressing"),
        ("s3://bucket?region=x&region=y", "twice"),
        ("s3://bucket?endpoint=minio:9000", "endpoint"),
        ("s3://bucket?endpoint=https://", "endpoint"),
        ("s3://bucket?endpoint=https://host:port", "endpoint"),
        ("s3://bucket?endpoint=https://a:b@host", "endpoint"),
        ("s3://bucket?endpoint=https://host; script-src *", "endpoint"),
        ("s3://bucket?region=x&prefix=a/../b", "prefix"),
        ("s3://bucket?region=x&prefix=a b", "prefix"),
        ("s3://bucket?region=x&addressing=dns", "addressing"),
        ("s3://my.bucket?region=x&addressing=virtual", "addressing=path"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(url, word):
    with pytest.raises(ImproperlyConfigured, match=r"^STORAGE_URL ") as refused:
        parse_storage_url(url)
    assert word in str(refused.value)


@given(st.text(), st.text())
@example("//", "?")
def test_whatever_is_given_the_secret_is_never_repeated(before, after):
    url = f"s3://{before}KEY:{SECRET}{after}"
    said = ""
    try:
        parse_storage_url(url)
    except ImproperlyConfigured as refused:
        said = str(refused)
    assert "cAnArY" not in said


@pytest.mark.parametrize(
    "url",
    [
        "s3://K:S@bucket?region=us-east-1",
        "s3://K:S@bucket?region=eu-central-1&addressing=path",
        "s3://K:S@my.bucket?region=eu-central-1",
        "s3://K:S@bucket?region=cn-north-1",
        "s3://K:S@bucket?endpoint=https://minio.example:9000",
        "s3://K:S@bucket?endpoint=https://fsn1.example.com&region=fsn1&addressing=virtual",
        "s3://K:S@bucket?endpoint=https://x.example/storage/v1/s3",
    ],
)
def test_the_origin_is_that_of_the_signed_addresses(url):
    bucket = parse_storage_url(url)
    storage = PrivateBucket(**bucket.backend()["OPTIONS"])
    signed = storage.signed_url("a.mp4", content_type="video/mp4", disposition="inline")
    parts = urlsplit(signed)
    assert f"{parts.scheme}://{parts.netloc}" == bucket.origin
    assert "X-Amz-Expires=300" in parts.query
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in parts.query


def test_keys_of_the_address_are_not_mixed_with_a_token_of_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-someone-else")
    monkeypatch.setenv("AWS_S3_SESSION_PROFILE", "someone-else")
    bucket = parse_storage_url("s3://K:S@bucket?region=eu-west-1")
    storage = PrivateBucket(**bucket.backend()["OPTIONS"])
    assert "of-someone-else" not in storage.signed_url("a", content_type="", disposition="")


def test_without_keys_the_usual_places_are_asked(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FROMENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bucket = parse_storage_url("s3://bucket?region=eu-west-1")
    storage = PrivateBucket(**bucket.backend()["OPTIONS"])
    assert "FROMENVIRONMENT" in storage.signed_url("a", content_type="", disposition="")


def test_pages_may_show_files_of_the_bucket_and_nothing_else(tmp_path):
    url = "s3://K:S@bucket?endpoint=https://files.example:9000&prefix=x"
    csp = "s.CONTENT_SECURITY_POLICY['DIRECTIVES']"
    shown = show(
        tmp_path,
        f"{csp}['img-src'][-1], {csp}['media-src'][-1], {csp}['connect-src'], s.STORAGES['default']['BACKEND']",
        STORAGE_URL=url,
        **GOOD,
    )
    origin = "https://files.example:9000"
    assert shown == str((origin, origin, ["'self'"], "generation.media.s3.PrivateBucket"))


def test_a_wrong_address_stops_the_start_with_a_sentence(tmp_path):
    done = check(tmp_path, STORAGE_URL=f"s3://KEY:{SECRET}@bucket?region=x")
    assert done.returncode == 1
    first, sentence = done.stderr.splitlines()
    assert first == "viduweb cannot start:"
    assert sentence.startswith("  STORAGE_URL ")
    assert "cAnArY" not in done.stderr
