"""The private bucket, as Django's default storage."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from django.core.files import File
from s3transfer.exceptions import RetriesExceededError  # type: ignore[import-untyped]
from storages.backends.s3 import S3File, S3Storage  # type: ignore[import-untyped]

from generation.media.storage import SIGNED_FOR

PART = 8 * 1024 * 1024
"""Larger files travel in parts of this size, one part in memory at a time."""


class BucketError(OSError):
    """The bucket refused or did not answer; the text names neither address nor key."""


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Makes the bucket fail as a disk does, so that callers need not know which one they have."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code") or "without a reason"
        raise BucketError(f"the bucket refused ({code})") from error
    except (BotoCoreError, Boto3Error, RetriesExceededError) as error:
        raise BucketError(f"the bucket cannot be used ({type(error).__name__})") from error


class PrivateBucket(S3Storage):
    """Objects that open only by signed address; saving a name again replaces it."""

    default_acl = None
    file_overwrite = True
    querystring_auth = True
    querystring_expire = SIGNED_FOR
    signature_version = "s3v4"
    max_memory_size = PART
    transfer_config = TransferConfig(
        multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
    )

    def __init__(self, *, addressing_style: str, **options: Any) -> None:
        self._kept: tuple[int, Any] | None = None
        config = Config(
            signature_version=self.signature_version,
            s3={"addressing_style": addressing_style},
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
            # The newer checksums are unknown to many compatible servers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, **options)

    @property
    def connection(self) -> Any:
        """One a process: one a thread, as inherited, takes 13 MB and 60 ms for each of them.

        What is shared between threads is its client, which is made for that; a forked process
        must not share the sockets of its parent.
        """
        if self._kept is None or self._kept[0] != os.getpid():
            # Two threads at once make two, and one of them is soon forgotten.
            self._kept = (os.getpid(), self._connect())
        return self._kept[1]

    def _connect(self) -> Any:
        return self._create_session().resource(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config,
        )

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    def signed_url(
        self, name: str, *, content_type: str, disposition: str, method: str = "GET"
    ) -> str:
        """An address that answers `method` for SIGNED_FOR seconds with these two headers."""
        with _as_os_error():
            return str(
                super().url(
                    name,
                    parameters={
                        "ResponseContentType": content_type,
                        "ResponseContentDisposition": disposition,
                        "ResponseCacheControl": f"private, max-age={SIGNED_FOR}",
                    },
                    http_method=method,
                )
            )

    def _open(self, name: str, mode: str = "rb") -> S3File:
        with _as_os_error():
            file = super()._open(name, mode)
            if "r" in mode:
                # Fetched at first use otherwise, where nobody expects the network to fail.
                file.open(mode)
            return file

    def _save(self, name: str, content: File) -> str:
        with _as_os_error():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _as_os_error():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_error():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_os_error():
            folders, files = super().listdir(name)
            return folders, files

    def size(self, name: str) -> int:
        with _as_os_error():
            return int(super().size(name))
