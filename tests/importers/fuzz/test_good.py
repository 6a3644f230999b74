"""Returns without a fault: nothing is reported, and every line is read as it was meant."""

from typing import Any

import pytest
from hypothesis import given, settings

from importers.answer import Checked
from tests.importers.fuzz.answers import answered
from tests.importers.fuzz.awards import Wanted
from tests.importers.fuzz.budget import EXAMPLES
from tests.importers.fuzz.injecting import baseline
from tests.importers.fuzz.kept import kept
from tests.importers.fuzz.model import Sent
from tests.importers.fuzz.returns import returns
from tests.importers.making import places, stored


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_without_a_fault_there_is_no_problem_and_lines_are_read_as_they_were_meant(form: str) -> None:
    @settings(max_examples=6 * EXAMPLES)
    @given(sent=returns(Wanted(forms=(form,), commas=True)))
    def run(sent: Sent) -> None:
        baseline(sent)
        data, answer = answered(sent)
        with kept(f"good-{form}", data, sent):
            assert isinstance(answer, Checked), answer
            assert places(answer) == [(one.code, "!".join(filter(None, one.where()))) for one in sent.expected]
            assert [_kept(line) for line in stored(answer)] == [_meant(sent, row) for row in sent.spend.lines]
            assert sum(total.pence for total in answer.totals) == sum(row.means.pence for row in sent.spend.lines)

    run()


def _kept(line: dict[str, str]) -> dict[str, Any]:
    keys = ("cell", "category", "spent_on", "budget_kind", "net_pence", "vat_pence", "accrual")
    return {key: line[key] for key in keys}


def _meant(sent: Sent, row: Any) -> dict[str, Any]:
    meant = row.means
    return {
        "cell": sent.spend.cell(row, "net"),
        "category": meant.category.value,
        "spent_on": meant.day.isoformat(),
        "budget_kind": meant.kind.value,
        "net_pence": str(meant.net),
        "vat_pence": str(meant.vat),
        "accrual": "t" if meant.accrual else "f",
    }
