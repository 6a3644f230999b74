"""Faults put into good returns: each is reported at its own cell, with what was typed there, and nothing else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.answer import Checked
from importers.messages import ERRORS, WARNINGS
from importers.registers.words import ERRORS as OF_REGISTERS
from tests.importers.fuzz.among import among
from tests.importers.fuzz.answers import answered, found_of, wanted_of, wrong_values
from tests.importers.fuzz.budget import EXAMPLES
from tests.importers.fuzz.extracts import LEDGER_FAULTS
from tests.importers.fuzz.faults_of_cells import CELL_FAULTS
from tests.importers.fuzz.faults_of_documents import DOCUMENT_RULES
from tests.importers.fuzz.faults_of_lines import LINE_RULES
from tests.importers.fuzz.injecting import Injector, baseline, fits
from tests.importers.fuzz.kept import kept
from tests.importers.fuzz.model import Sent
from tests.importers.fuzz.returns import returns

INJECTORS = [*CELL_FAULTS, *LINE_RULES, *DOCUMENT_RULES]
ELSEWHERE = {
    **dict.fromkeys(("forecast_not_sent", "declarations_not_sent"), "every CSV has it: see `baseline`"),
    **dict.fromkeys(OF_REGISTERS, "registers and payment files are no returns"),
}
"""Codes without an injector of their own, and why."""


@st.composite
def faulty(draw: st.DrawFn, injector: Injector) -> Sent:
    """A return with the fault, and up to two simple ones of other rows."""
    sent = draw(returns(injector.wanted))
    baseline(sent)
    injector.put(draw, sent)
    for _ in range(draw(st.integers(0, 2))):
        room = [one for one in CELL_FAULTS if _beside(one, injector, sent)]
        if room:
            draw(among(room)).put(draw, sent)
    return sent


def _beside(other: Injector, injector: Injector, sent: Sent) -> bool:
    apart = not other.touches & injector.touches or injector.simple
    return apart and other.code not in ("kind_unclear",) and fits(other, sent)


@pytest.mark.parametrize("injector", INJECTORS, ids=lambda one: one.name)
def test_each_fault_is_reported_at_its_own_cell_and_nothing_else(injector: Injector) -> None:
    @settings(max_examples=EXAMPLES)
    @given(sent=faulty(injector))
    def run(sent: Sent) -> None:
        data, answer = answered(sent)
        with kept(injector.name, data, sent):
            assert isinstance(answer, Checked), answer
            wanted = wanted_of(sent.expected)
            found = found_of(answer.problems, wanted)
            assert (list((wanted - found).elements()), list((found - wanted).elements())) == ([], [])
            assert wrong_values(answer.problems, sent.expected) == []

    run()


def test_every_code_of_a_problem_has_a_fault_that_is_put_into_returns() -> None:
    put = {one.code for one in INJECTORS} | LEDGER_FAULTS.keys()
    assert {*ERRORS, *WARNINGS} - put == ELSEWHERE.keys()
