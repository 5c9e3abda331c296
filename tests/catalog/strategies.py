"""Values for hypothesis: such as the gateway takes, and junk."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from generation.catalog import MAX_SEED, ModelSpec, Parameter, ParameterKind, closed, narrowed

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests on a busy machine, and for the first run, which builds the table of characters."""

WORDS = st.text(st.characters(exclude_characters="@", exclude_categories=["Cs"]), min_size=1)
ADDRESSES = st.sampled_from(["https://studio.example/a.png", "http://127.0.0.1:8000/x/?y=1"])

SUBJECTS = st.lists(
    st.fixed_dictionaries(
        {"id": st.from_regex(r"[a-z0-9_]{1,32}", fullmatch=True), "images": st.just(["<image>"])},
        optional={"voice_id": st.sampled_from(["", "English_Aussie_Bloke"])},
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda subject: subject["id"],
)

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


JUNK_SUBJECTS = st.lists(
    st.fixed_dictionaries({}, optional={"id": JUNK, "images": JUNK, "voice_id": JUNK}), max_size=3
)


def good_value(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values the page of this parameter allows by themselves."""
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return st.booleans()
        case ParameterKind.INTEGER | ParameterKind.CORNER | ParameterKind.CHOICE:
            return st.sampled_from([option.value for option in parameter.options])
        case ParameterKind.RATIO:
            return st.builds("{}:{}".format, st.integers(1, 99999), st.integers(1, 99999))
        case ParameterKind.SEED:
            return st.integers(0, MAX_SEED)
        case ParameterKind.URL:
            return ADDRESSES
        case ParameterKind.JSON:
            return st.just('{"Label": "1"}')
        case ParameterKind.IMAGES:
            count = st.integers(parameter.minimum or 0, parameter.maximum or 0)
            return count.map(lambda n: ["<image>"] * n)
        case ParameterKind.SUBJECTS:
            return SUBJECTS
        case _:
            return WORDS.map(lambda text: text[: parameter.max_length])


@st.composite
def good_values(draw: st.DrawFn, spec: ModelSpec) -> dict[str, Any]:
    """Values that obey the whole page, drawn the way a member meets the form."""
    values: dict[str, Any] = {}
    for parameter in spec.parameters:
        if parameter.name in closed(spec, values):
            continue
        if parameter.required or draw(st.booleans()):
            values[parameter.name] = draw(good_value(narrowed(spec, parameter.name, values)))
    if values.get("aspect_ratio") == "auto" and not values.get("images"):
        del values["aspect_ratio"]
    return values


def junk_values(spec: ModelSpec) -> st.SearchStrategy[dict[str, Any]]:
    """Anything JSON can carry, some of it under the names of real parameters."""
    return st.dictionaries(
        st.sampled_from(spec.names) | st.text(), JUNK | JUNK_SUBJECTS, max_size=8
    )
