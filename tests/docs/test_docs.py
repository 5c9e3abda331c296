"""The book says what the code has, and leaves nothing out that a reader looks for."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from generation.lifecycle.transitions import ENDED
from generation.models import Reason, Task
from generation.models.event_kind import EVENTS, EventKind
from generation.models.meaning import Meaning
from generation.models.reason import REASONS
from generation.urls import urlpatterns
from generation.views.metrics import registry
from tests.support.sources import settings_source

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
README, OPERATING, ARCHITECTURE = (
    ROOT / "README.md",
    DOCS / "operating.md",
    DOCS / "architecture.md",
)
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
OURS = ("generation", "viduweb", "tests")

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.$-])(?:generation|viduweb|tests|templates|static|docs)/[\w./*-]*")
NAMED = re.compile(r"([\w./-]+\.py): (\w+(?:\.\w+)?)")

here = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text())


@cache
def everything() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def section(page: Path, heading: str) -> str:
    """What stands under the heading, up to the next one."""
    found = re.search(rf"^#+ {heading}$(.*?)(?=^#|\Z)", page.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no heading {heading}"
    return found[1]


def first_cells(text: str) -> set[str]:
    """The code in the first column of the tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    return {name for row in rows for name in CODE.findall(row)}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


# Links


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in slugs(linked), target


def test_every_page_is_in_the_index():
    for index in (DOCS / "README.md", DOCS / "decisions/README.md"):
        linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text())}
        assert set(index.parent.glob("*.md")) - linked == {index}


def test_every_decision_says_why_what_and_what_follows():
    for page in (DOCS / "decisions").glob("[!R]*.md"):
        assert re.findall(r"^\*\*(\w+)\.\*\*", page.read_text(), re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
        ]


# Names


def members(body: list[ast.stmt]) -> Iterator[str]:
    """What is defined there; what a class has as `Class.name`."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{inner}" for inner in members(node.body))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        if isinstance(node, ast.Assign):
            names = [name for target in node.targets for name in ast.walk(target)]
            yield from (name.id for name in names if isinstance(name, ast.Name))


@cache
def defined() -> dict[Path, set[str]]:
    files = [path for top in OURS for path in (ROOT / top).rglob("*.py")]
    return {path: set(members(parsed(path).body)) for path in files}


@cache
def known() -> set[str]:
    """Every name that is defined anywhere, and `Class.member` of every class."""
    names = set().union(*defined().values())
    return names | {name.rpartition(".")[2] for name in names}


def is_module_or_name(dotted: str) -> bool:
    """`generation.jobs`, or `generation.jobs.poll`."""
    *parents, last = dotted.split(".")
    above, whole = ROOT.joinpath(*parents), ROOT.joinpath(*parents, last)
    if whole.is_dir() or whole.with_suffix(".py").is_file():
        return True
    return last in defined().get(above.with_suffix(".py"), set())


def dangling(page: Path) -> Iterator[str]:
    """Paths and names of ours that the page tells and the tree does not have."""
    text = prose(page)
    yield from (path for path in PATH.findall(text) if not any(ROOT.glob(path.rstrip("./"))))
    for code in CODE.findall(text):
        if named := NAMED.fullmatch(code):
            if named[2] not in defined().get(ROOT / named[1], set()):
                yield code
        elif re.fullmatch(rf"(?:{'|'.join(OURS)})(\.\w+)+", code):
            if not is_module_or_name(code):
                yield code
        elif re.fullmatch(r"\w+\(\)", code):
            if code[:-2] not in known():
                yield code
        elif re.fullmatch(r"[A-Z]\w*[a-z]\w*\.\w+", code) and code not in known():
            yield code


@here
def test_every_name_of_ours_is_in_the_tree(page):
    assert list(dangling(page)) == []


def test_a_name_that_is_gone_would_be_noticed(tmp_path):
    page = tmp_path / "page.md"
    there = "`generation/jobs.py: reconcile` `generation.models.task` `Task.charge` `change()`"
    gone = ["generation/nowhere.py", "generation/jobs.py: bells", "generation.jobs.bells"]
    gone += ["Task.colour", "ring_the_bell()"]
    page.write_text(there + "".join(f"\n`{name}`" for name in gone))
    found = [name for name in dangling(page) if "reconcile" not in name]
    assert sorted(found) == sorted(gone)


def test_every_room_is_in_the_house():
    rooms = {path.parent.name for path in (ROOT / "generation").glob("*/__init__.py")}
    shown = first_cells(section(ARCHITECTURE, "The house"))
    assert {f"generation/{room}/" for room in rooms - {"migrations"}} <= shown


# States


def _states(nodes: list[ast.expr]) -> list[str]:
    """The states that the expressions name, as `State.QUEUED` or `Task.State.QUEUED`."""
    return [
        node.attr.lower()
        for whole in nodes
        for node in ast.walk(whole)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("State")
    ]


def _calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            yield node


def moves() -> set[tuple[str, str]]:
    """Every change of state that the lifecycle writes, as (from, to)."""
    found = set()
    for path in (ROOT / "generation/lifecycle").glob("*.py"):
        tree = parsed(path)
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            for call in _calls(function, "change", "change_all"):
                to = next(keyword.value for keyword in call.keywords if keyword.arg == "to")
                targets = _states([to])
                if isinstance(to, ast.Name):
                    # Its callers say what it becomes.
                    targets = [s for c in _calls(tree, function.name) for s in _states(c.args)]
                found |= {(old, new) for old in _states(call.args) for new in targets}
    return found


def test_the_diagram_shows_what_states_there_are_and_what_follows():
    diagram = re.search(r"stateDiagram-v2(.*?)```", ARCHITECTURE.read_text(), re.DOTALL)
    assert diagram
    arrows = set(re.findall(r"(\S+) --> ([^\s:]+)", diagram[1]))
    ends = {(str(state), "[*]") for state in ENDED}
    assert arrows == moves() | ends | {("[*]", str(Task.State.QUEUED))}
    assert {state for arrow in arrows for state in arrow} - {"[*]"} == set(Task.State.values)


def rows_of(table: Mapping[str, Meaning], *, trouble: bool) -> list[str]:
    """The table as the page shows it."""
    found = []
    for word, meaning in table.items():
        marks = [["", "yes"][meaning.trouble]] if trouble else []
        who = meaning.responsible or ""
        cells = [f"`{word}`", meaning.sentence, *marks, meaning.charged.value, who]
        found.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return found


def test_every_event_of_the_timeline_is_explained_as_the_code_does():
    shown = section(ARCHITECTURE, "The timeline").splitlines()
    assert [row for row in shown if row.startswith("| `")] == rows_of(EVENTS, trouble=True)


def test_every_reason_is_explained_as_the_code_does():
    shown = section(ARCHITECTURE, "Why it ended or waits").splitlines()
    assert [row for row in shown if row.startswith("| `")] == rows_of(REASONS, trouble=False)
    by_state = re.findall(r"^\| (\w+) \| ([a-z, -]+)(?:;.*)? \|$", "\n".join(shown), re.MULTILINE)
    states = [state for state, _ in by_state if state in Task.State.values]
    reasons = {name for state, names in by_state if state in states for name in names.split(", ")}
    assert len(states) == 7
    assert reasons == set(Reason.values)


def test_every_kind_of_event_is_written_somewhere_and_by_its_name():
    written = set()
    for path in (ROOT / "generation").rglob("*.py"):
        for call in _calls(parsed(path), "Happened"):
            named = ast.unparse(call.args[0])
            assert named.startswith("EventKind."), f"{path}: {ast.unparse(call)}"
            written.add(EventKind[named.removeprefix("EventKind.")])
    assert written == set(EventKind)


# What people look up


def test_every_setting_is_explained():
    source = settings_source()
    names = set(re.findall(r'(?:values\.\w+|_limit)\(\s*"([A-Z_]+)"', source))
    table = first_cells(section(README, "Settings"))
    assert len(names) > 20
    assert {name for name in names - table if f"`{name}`" not in OPERATING.read_text()} == set()


def test_every_command_is_mentioned():
    commands = {path.stem for path in (ROOT / "generation/management/commands").glob("[a-z]*.py")}
    assert commands
    assert {name for name in commands if f"manage.py {name}" not in everything()} == set()


def test_every_metric_is_explained(db):
    kinds = {family.name: family.type for family in registry.collect()}
    names = {f"{name}_total" if kind == "counter" else name for name, kind in kinds.items()}
    explained = first_cells(section(OPERATING, "Metrics"))
    assert {name.partition("{")[0] for name in explained} == names
    assert set(re.findall(r"`(viduweb_\w+)", everything())) == names


def test_every_address_is_in_the_table():
    routes = {f"/{pattern.pattern}" for pattern in urlpatterns} | {"/healthz", "/admin/"}
    assert first_cells(section(ARCHITECTURE, "Addresses")) == routes


def test_every_target_of_make_is_there():
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", everything(), re.MULTILINE))
    assert targets
    assert {name for pair in used for name in pair if name} - targets == set()


# What code cites

CITED = re.compile(r"(?<![\w/.*`])[\w./-]+\.md\b")
NUMBERED = re.compile(r"\b(?:design|issue) \d|\bseeds? 0\d\d\b", re.IGNORECASE)
SOURCES = [
    path
    for top in ("generation", "viduweb", "tests", "static", "templates")
    for path in sorted((ROOT / top).rglob("*"))
    if path.suffix in (".py", ".js", ".css", ".html") and path.parent != ROOT / "tests/docs"
]


def test_code_cites_only_pages_that_are_here():
    gone = [
        f"{path.relative_to(ROOT)}: {cited}"
        for path in SOURCES
        for cited in [*CITED.findall(path.read_text()), *NUMBERED.findall(path.read_text())]
        if not (ROOT / cited).is_file()
    ]
    assert len(SOURCES) > 400
    assert gone == []
