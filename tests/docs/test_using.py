"""The members' page says what cards, limits and pictures say."""

import re

import pytest
from django.conf import settings

from generation.catalog import MODELS, get_model
from generation.forms import presets, snippets
from generation.forms.parts import MAX_VARIATIONS
from generation.forms.subjects import MAX_IMAGES
from generation.models import Task, User
from generation.presenters.status import Status
from tests.support.sources import settings_source

from .test_docs import DOCS, LINK, PAGES, ROOT, section

USING = DOCS / "using.md"
PICTURES = DOCS / "pictures"


def shown(**task) -> str:
    return Status(Task(**task), User()).words


@pytest.mark.parametrize(
    "words",
    # Saving is two things, and failed says what went wrong.
    sorted(
        {shown(state=s) for s in Task.State if s not in ("archiving", "failed", "uncertain")}
        | {shown(state="uncertain", reason=reason) for reason in ("no-answer", "deadline")}
        | {shown(state="queued", reason="held"), Task.State.ARCHIVING.label, "Not safe yet"}
    ),
)
def test_every_word_of_a_card_is_explained(words):
    rows = re.findall(r"^\| ([^|]+) \|", section(USING, "What a card says"), re.MULTILINE)
    assert any(row == words or row.startswith(f"{words}, ") for row in rows)


@pytest.mark.parametrize("label", ["Run again", "Vary", "Send again", "Remix", "Edit"])
def test_every_button_that_costs_is_explained_and_there(label):
    assert label in section(USING, "The same once more, and what that costs")
    shown_by = [
        *(ROOT / "templates/tasks").glob("*.html"),
        *(ROOT / "generation/presenters" / name for name in ("cards.py", "prices.py")),
        ROOT / "generation/views/task_page.py",
    ]
    assert any(label in path.read_text() for path in shown_by)


def test_the_limits_are_ours():
    text = section(USING, "Limits")
    subjects = get_model("viduq2_pro_fast_reference2video").parameter("subjects")
    prompts = {spec.parameter("prompt").max_length for spec in MODELS.values()}
    source = settings_source()
    assert f"| variations of one press | {MAX_VARIATIONS} |" in text
    assert f"| presets of one member | {presets.MOST} |" in text
    assert f"| snippets of one member | {snippets.MOST} |" in text
    assert f"| images of a subject | {MAX_IMAGES} |" in text
    assert f"| subjects, or reference images of a still | {subjects.maximum} |" in text
    assert prompts == {2000}
    assert "| a prompt | 2,000 characters |" in text
    assert f"all of one form together {settings.MAX_REQUEST_BYTES // 1024**2} MB |" in text
    assert '_limit("MAX_SUBMITS_PER_MINUTE", 60)' in source
    assert "| presses a minute, each member | 60, " in text
    assert '_limit("UNUSED_UPLOADS_MB", 1024)' in source


def test_every_picture_is_small_and_shown_somewhere():
    files = set(PICTURES.iterdir())
    linked = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text())
        if target.endswith((".webp", ".png"))
    }
    assert files == linked
    assert all(path.stat().st_size < 120_000 for path in files)
