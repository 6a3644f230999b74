"""Extracts with and without a fault: what only a table of a finance system can have wrong is told at its own cell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.answer import Checked, CheckRequest
from importers.checking import check
from importers.limits import Limits
from tests.importers.fuzz.answers import found_of, wanted_of, wrong_values
from tests.importers.fuzz.budget import EXAMPLES
from tests.importers.fuzz.extracts import LEDGER_FAULTS, Ledger, ledgers
from tests.importers.fuzz.model import Expected
from tests.importers.fuzz.writing import book_of, grid_of
from tests.importers.making import AWARD


def _answered(ledger: Ledger) -> Checked:
    data = book_of(ledger.form, {ledger.table.name: grid_of(ledger.table)}, [ledger.table], ledger.habits)
    answer = check(CheckRequest(data, None, AWARD, matching=ledger.matching), Limits())
    assert isinstance(answer, Checked), answer
    return answer


def _is_answered(ledger: Ledger) -> Checked:
    """All that was expected was found, and nothing else."""
    ledger.expected.append(Expected("forecast_not_sent", lambda: (ledger.table.name, ""), ""))
    answer = _answered(ledger)
    wanted = wanted_of(ledger.expected)
    found = found_of(answer.problems, wanted)
    assert (list((wanted - found).elements()), list((found - wanted).elements())) == ([], [])
    assert wrong_values(answer.problems, ledger.expected) == []
    return answer


@settings(max_examples=4 * EXAMPLES)
@given(ledger=ledgers())
def test_a_good_extract_has_no_problem_and_comes_to_what_was_spent(ledger: Ledger) -> None:
    answer = _is_answered(ledger)
    assert sum(total.pence for total in answer.totals) == ledger.pence
    assert answer.line_count == len(ledger.table.rows)


@pytest.mark.parametrize("code", LEDGER_FAULTS)
def test_a_fault_of_an_extract_is_reported_at_its_own_cell_and_nothing_else(code: str) -> None:
    put, rules = LEDGER_FAULTS[code]

    @st.composite
    def faulty(draw: st.DrawFn) -> Ledger:
        ledger = draw(ledgers(rules))
        put(draw, ledger)
        return ledger

    @settings(max_examples=EXAMPLES)
    @given(ledger=faulty())
    def run(ledger: Ledger) -> None:
        _is_answered(ledger)

    run()
