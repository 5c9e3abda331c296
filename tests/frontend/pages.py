"""The template and static files, for tests that read them as text."""

from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"


def templates() -> list[str]:
    """Names as `get_template` takes them."""
    return sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def scripts() -> list[str]:
    return sorted(path.name for path in (STATIC / "js").glob("*.js"))


def stylesheets() -> list[str]:
    return sorted(path.name for path in (STATIC / "css").glob("*.css"))


def text_of(name: str) -> str:
    return (TEMPLATES / name).read_text()
