"""The `output` of a reply: an array, an object, `content[]`, `results[]` (docs/gateway.md)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from .results import FileKind, RemoteFile
from .values import first, number, web_address, word

MAX_FILES = 50
"""No documented model makes more than a few."""

MAX_JOBS = 10

CONTAINERS = ("content", "results", "creations", "output", "outputs")
STATUS_NAMES = ("status", "task_status", "state")
ADDRESS_NAMES = ("url", "video_url", "image_url")
EXTENSIONS = {
    ".mp4": FileKind.VIDEO,
    ".mov": FileKind.VIDEO,
    ".webm": FileKind.VIDEO,
    ".png": FileKind.IMAGE,
    ".jpg": FileKind.IMAGE,
    ".jpeg": FileKind.IMAGE,
    ".webp": FileKind.IMAGE,
}


def read_files(output: Any) -> tuple[RemoteFile, ...]:
    """Every distinct file in `output`, in order. `output` comes from `wire.load`."""
    files: dict[str, RemoteFile] = {}
    for item, job_id in _items(output, ""):
        for file in _files(item, job_id):
            files.setdefault(file.url, file)
            if len(files) == MAX_FILES:
                return tuple(files.values())
    return tuple(files.values())


def read_status_words(output: Any) -> list[str]:
    """The status words inside `output`, in order; a file's own word says nothing of the task."""
    holders = (item for item in dicts(output) if not first(item, *ADDRESS_NAMES))
    words = (word(first(item, *STATUS_NAMES), 40) for item in holders)
    return [found for found in words if found]


def read_job_ids(output: Any) -> tuple[str, ...]:
    found = dict.fromkeys(job_id for _, job_id in _items(output, "") if job_id)
    return tuple(found)[:MAX_JOBS]


def dicts(output: Any) -> Iterator[dict[str, Any]]:
    return (item for item, _ in _items(output, ""))


def _items(value: Any, job_id: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each object with the task id that it or the nearest object around it names."""
    if isinstance(value, str):
        yield {"url": value}, job_id
    elif isinstance(value, list):
        for item in value:
            yield from _items(item, job_id)
    elif isinstance(value, dict):
        job_id = word(first(value, "jobId", "job_id", "task_id")) or job_id
        yield value, job_id
        for name in CONTAINERS:
            yield from _items(value.get(name), job_id)


def _files(item: dict[str, Any], job_id: str) -> Iterator[RemoteFile]:
    name = next((name for name in ADDRESS_NAMES if item.get(name)), "")
    if not name:
        return
    value = item[name]
    # OpenAI-like replies wrap the address: {"type": "video_url", "video_url": {"url": ...}}.
    values = value if isinstance(value, list) else [value]
    for one in values[:MAX_FILES]:
        address = web_address(one.get("url") if isinstance(one, dict) else one)
        if address:
            kind = _kind(word(item.get("type")) or name, address)
            yield RemoteFile(kind, address, job_id, _duration(item.get("duration")))


def _kind(named: str, address: str) -> FileKind:
    """By the gateway's type (`video`, or `video_url` as its CLI prints it), else by the ending."""
    named = named.lower().removesuffix("_url")
    if named in ("video", "image"):
        return FileKind(named)
    if named != "url":
        return FileKind.OTHER
    ending = PurePosixPath(urlsplit(address).path).suffix.lower()
    return EXTENSIONS.get(ending, FileKind.OTHER)


def _duration(value: Any) -> float | None:
    seconds = number(value)
    return seconds if seconds is not None and 0 < seconds < 86_400 else None
