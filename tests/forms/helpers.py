"""Pictures as uploads and as kept images."""

from django.core.files.uploadedfile import SimpleUploadedFile

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image
from tests.conftest import picture


def upload(number=0, name=None, **options):
    options.setdefault("colour", (40 + 17 * number % 200, 90, 120))
    return SimpleUploadedFile(name or f"frame{number}.jpg", picture(**options))


def images_of(owner, count, *, first=0):
    return [keep_image(upload(first + n), owner, ImageLimits()) for n in range(count)]
