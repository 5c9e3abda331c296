"""The catalogue as text for the documentation; `make docs` writes it there.

So that a model is added by its module and its vector alone.
"""

from pathlib import Path

from generation.catalog import (
    MODELS,
    Forbids,
    Ignores,
    ModelSpec,
    Narrows,
    Parameter,
    ParameterKind,
)
from generation.catalog.money import usd

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BOOK = ROOT / "docs/models.md"

LIST = "| model | tab of the studio | what for |\n|---|---|---|\n"
HEAD = "| Parameter | Field | Values | Default | What it does |\n|---|---|---|---|---|"


INTRODUCTION = """# Models

What each model takes, as the catalogue (`generation/catalog/models/`) says it. This page is written from there
by `make docs`. "Default" is the gateway's: what is left alone is not sent.
"""


def readme() -> str:
    """README with the list of models as it is now."""
    before, old = README.read_text().split(LIST)
    return before + LIST + model_list() + old[old.index("\n\n") :]


def model_list() -> str:
    """One row a model, in the order of the studio."""
    return "\n".join(
        f"| [`{spec.id}`](docs/models.md#{spec.id}) | {spec.category.tab} | {spec.about} |"
        for spec in MODELS.values()
    )


def book() -> str:
    """The page about all models."""
    return "\n".join([INTRODUCTION, *(_chapter(spec) for spec in MODELS.values())])


def _chapter(spec: ModelSpec) -> str:
    cheapest = spec.cheapest.usd
    price = f" List price from {usd(cheapest)}." if cheapest is not None else ""
    return f"## {spec.id}\n\n**{spec.title}** ({spec.category.tab}). {spec.about}{price}\n\n{markdown_table(spec)}\n"


def markdown_table(spec: ModelSpec) -> str:
    """One row a parameter: name, field, values, default, help with the rules that touch it."""
    return "\n".join([HEAD, *(_row(spec, parameter) for parameter in spec.parameters)])


def _row(spec: ModelSpec, parameter: Parameter) -> str:
    name = f"`{parameter.name}`" + (" (required)" if parameter.required else "")
    words = " ".join([parameter.help, parameter.unavailable, *_rules(spec, parameter)])
    cells = (name, parameter.label, _values(parameter), _default(parameter), words)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _values(parameter: Parameter) -> str:
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return "true, false"
        case ParameterKind.IMAGES | ParameterKind.SUBJECTS:
            low, high = parameter.minimum, parameter.maximum
            return str(high) if low == high else f"{low} to {high}"
        case ParameterKind.SEED:
            return "whole number"
        case ParameterKind.URL:
            return "http(s) address"
        case ParameterKind.JSON:
            return "JSON object"
        case ParameterKind.VOICE:
            return "voice id"
    if parameter.max_length:
        return f"text, up to {parameter.max_length:,} characters"
    listed = ", ".join(str(option.value) for option in parameter.options)
    return f"{listed} or any w:h" if parameter.kind is ParameterKind.RATIO else listed


def _default(parameter: Parameter) -> str:
    if parameter.kind is ParameterKind.SEED:
        return "random"
    if parameter.default is None:
        return ""
    if isinstance(parameter.default, bool):
        return str(parameter.default).lower()
    return str(parameter.default)


def _rules(spec: ModelSpec, parameter: Parameter) -> list[str]:
    """What the rules say beside this parameter's field."""
    texts = []
    for rule in spec.rules:
        match rule:
            case Forbids(then=condition, message=text):
                touched = condition.parameter
            case Narrows(parameter=touched, message=text) | Ignores(parameter=touched, note=text):
                pass
        if touched == parameter.name:
            texts.append(text)
    return texts


if __name__ == "__main__":
    README.write_text(readme())
    BOOK.write_text(book())
