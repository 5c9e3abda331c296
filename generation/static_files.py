"""Where the files of pages are."""

from functools import lru_cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Puts each address together once: a page has some fifty, and they stay as long as the code."""

    def url(self, name: str | None, force: bool = False) -> str:
        return _url(self, name, force)


@lru_cache(maxsize=1024)
def _url(files: StaticFiles, name: str | None, force: bool) -> str:
    return str(super(StaticFiles, files).url(name, force))
