"""Brings pictures to the colours every screen and the models expect: sRGB."""

from io import BytesIO

from PIL import Image, ImageCms

from .decoding import BROKEN

LARGEST_PROFILE = 4 * 1024 * 1024
"""Bytes; printers' profiles have one or two million, and nothing honest has more."""

NOT_SEEN = 2
"""Difference of a channel, of 255, up to which a profile says nothing else than sRGB."""

UNKNOWN = (*BROKEN, ImageCms.PyCMSError, MemoryError)


def _standard() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The time of making, which would give the same picture another checksum in each process.
    profile[24:36] = bytes((0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    return bytes(profile)


STANDARD = _standard()
"""Our own sRGB profile, the only one that is kept in a picture."""

_SRGB = ImageCms.ImageCmsProfile(BytesIO(STANDARD))
_PROBE = Image.new("RGB", (27, 1))
_PROBE.putdata([(r, g, b) for r in (16, 128, 240) for g in (16, 128, 240) for b in (16, 128, 240)])


def to_srgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB; one that had a profile has STANDARD instead.

    A profile that cannot be read, or is one of another kind of picture, is dropped. Inks (CMYK)
    become RGB with a profile or without.
    """
    profile = image.info.pop("icc_profile", None)
    if profile == STANDARD:
        image.info["icc_profile"] = STANDARD
        return image
    if profile and len(profile) <= LARGEST_PROFILE:
        try:
            image = _converted(image, ImageCms.ImageCmsProfile(BytesIO(profile)))
        except UNKNOWN:
            pass
        else:
            image.info["icc_profile"] = STANDARD
    return image.convert("RGB") if image.mode == "CMYK" else image


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if image.mode in ("RGB", "RGBA"):
        transform = _transform(profile, image.mode, image.mode)
        if not _is_srgb(profile):
            # In place: a second copy of forty million pixels is 160 MB.
            ImageCms.applyTransform(image, transform, inPlace=True)
        return image
    if image.mode == "P":
        return _with_palette(image, profile)
    if image.mode == "L":
        # Only a curve; what comes out has three equal channels.
        values = Image.new("L", (256, 1))
        values.putdata(range(256))
        bright = ImageCms.applyTransform(values, _transform(profile, "L", "RGB"))
        assert bright is not None
        return image.point(list(bright.getchannel(1).tobytes()))
    transformed = ImageCms.applyTransform(image, _transform(profile, image.mode, "RGB"))
    assert transformed is not None
    transformed.info = image.info
    return transformed


def _transform(
    profile: ImageCms.ImageCmsProfile, source: str, target: str
) -> ImageCms.ImageCmsTransform:
    """Raises PyCMSError when the profile is not one for such a picture."""
    return ImageCms.buildTransform(
        profile, _SRGB, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC
    )


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    seen = ImageCms.applyTransform(_PROBE, _transform(profile, "RGB", "RGB"))
    assert seen is not None
    pairs = zip(_PROBE.tobytes(), seen.tobytes(), strict=True)
    return all(abs(before - after) <= NOT_SEEN for before, after in pairs)


def _with_palette(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    colours = image.getpalette("RGB") or []
    strip = Image.frombytes("RGB", (len(colours) // 3, 1), bytes(colours))
    converted = ImageCms.applyTransform(strip, _transform(profile, "RGB", "RGB"))
    assert converted is not None
    image.putpalette(converted.tobytes(), "RGB")
    return image
