"""Tells what a file is by its first bytes, never by its name or declared type."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MediaKind = Literal["video", "image"]

HEAD = 4096
"""Bytes that are looked at."""


@dataclass(frozen=True, slots=True)
class FileType:
    """`reader` is what Pillow or FFmpeg call the format."""

    kind: MediaKind
    name: str
    mime: str
    extension: str
    reader: str


MP4 = FileType("video", "MP4", "video/mp4", "mp4", "mp4")
MOV = FileType("video", "QuickTime", "video/quicktime", "mov", "mov")
WEBM = FileType("video", "WebM", "video/webm", "webm", "matroska")
PNG = FileType("image", "PNG", "image/png", "png", "PNG")
JPEG = FileType("image", "JPEG", "image/jpeg", "jpg", "JPEG")
WEBP = FileType("image", "WEBP", "image/webp", "webp", "WEBP")

STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"crx ")
"""Pictures and camera files in the container of MP4."""


class BadMedia(ValueError):
    """The file is not usable media; the text is a sentence for the timeline."""


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def sniff(head: bytes) -> FileType | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else None
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    return MOV if head[4:8] in (b"moov", b"mdat", b"wide") else None


def _by_brand(brand: bytes) -> FileType | None:
    if brand in STILL_BRANDS:
        return None
    return MOV if brand == b"qt  " else MP4


def describe(head: bytes) -> str:
    """What a refused file seems to be, in words that follow "it is"."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head:
        return "empty"
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "an HTML page"
    if text.startswith((b"<?xml", b"<svg", b"<error")):
        return "an XML document"
    if text.startswith((b"{", b"[")):
        return "JSON text"
    return "of an unknown type"
