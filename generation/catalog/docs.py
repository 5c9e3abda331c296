"""The catalogue as text for the documentation."""

from .spec import Forbids, Ignores, ModelSpec, Narrows, Parameter, ParameterKind

HEAD = "| Parameter | Field | Values | Default | What it does |\n|---|---|---|---|---|"


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
