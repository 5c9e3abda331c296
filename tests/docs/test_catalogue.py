"""What the documentation says of models is what the catalogue says."""

import pytest

from generation.catalog import MODELS, ModelSpec, get_model

from .catalogue import BOOK, README, book, markdown_table, readme


def test_the_pages_are_as_make_docs_writes_them() -> None:
    assert README.read_text() == readme()
    assert BOOK.read_text() == book()


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_one_row_a_parameter_and_five_cells_a_row(spec: ModelSpec) -> None:
    rows = markdown_table(spec).splitlines()
    assert len(rows) == 2 + len(spec.parameters)
    assert {row.replace("\\|", "").count("|") for row in rows} == {6}
    for row, name in zip(rows[2:], spec.names, strict=True):
        assert row.startswith(f"| `{name}`")


def test_rows_say_options_default_and_rule() -> None:
    table = markdown_table(get_model("vidu20_img2video"))
    assert "| 360p, 720p, 1080p | 360p |" in table
    assert "Resolution must be 720p at a Duration of 8 seconds." in table
    assert "or any w:h" in markdown_table(get_model("viduq2_pro_fast_reference2video"))
