"""How rows are printed: each as it comes, whatever it holds."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.output import Output, print_rows
from models.text import json_escaped

TEXT = st.text() | st.sampled_from(["", "a\nb", "a\u2028b\x85c\x0cd", '"', "{}"])
ROWS = st.lists(st.dictionaries(TEXT, TEXT | st.none() | st.lists(st.integers())), max_size=3)


@given(ROWS)
def test_json_is_written_as_the_library_writes_it(rows: list[dict[str, object]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout.write", written.append)
        print_rows(rows, (), Output.JSON)
    assert "".join(written) == json_escaped(json.dumps(rows, indent=2, ensure_ascii=False)) + "\n"


@pytest.mark.parametrize("output", [Output.JSON, Output.JSONL, Output.CSV])
def test_a_row_is_printed_before_the_next_is_asked_for(
    capsys: pytest.CaptureFixture[str], output: Output
) -> None:
    printed = []

    def rows() -> Iterator[dict[str, object]]:
        for number in range(3):
            yield {"number": f"row {number}"}
            printed.append(f"row {number}" in capsys.readouterr().out)

    print_rows(rows(), ("number",), output)
    assert printed == [True, True, True]
