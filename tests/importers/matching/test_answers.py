"""What somebody answers of an extract counts first, and what they are shown is what is then read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from grants.domain.awards import CostCategory
from grants.domain.matchings import (
    Answers,
    CodeMeaning,
    Constants,
    DateOrder,
    Field,
    Matching,
    OutsidePeriod,
    SignRule,
    undecided,
)
from importers.answer import Checked, CheckRequest, MatchRequest
from importers.checking import check
from importers.limits import Limits
from importers.matching.reading import suggest_for
from importers.matching.suggestion import Suggestion
from tests.importers.matching.extracts import LINES, MEANINGS, SYSTEMS, as_csv

ALL_SAID = Constants("JV", "Work", "Somebody")
TABLES = {name: as_csv(build(LINES)) for name, build in SYSTEMS.items()}


def _by(data: bytes, answers: Answers | None) -> Suggestion:
    return suggest_for(MatchRequest(data, None, answers), Limits())


def _answers(matching: Matching) -> Answers:
    return Answers(matching.columns, matching.sign, matching.date_order, matching.codes, matching.constants)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_suggestion_that_is_answered_as_it_stands_stays_as_it_is(system: str) -> None:
    first = _by(TABLES[system], None)
    again = _by(TABLES[system], _answers(first.matching))
    assert again.matching == first.matching
    assert (again.samples, again.total_pence, again.left_out) == (first.samples, first.total_pence, first.left_out)
    assert set(again.questions) <= set(first.questions)


LETTERS = st.sampled_from(["A", "B", "C", "D", "E", "F", "G", "H", "I", "ZZ"])
MEANING = st.sampled_from([*MEANINGS.values(), CodeMeaning(None), None])


@settings(max_examples=60)
@given(
    system=st.sampled_from(sorted(TABLES)),
    columns=st.dictionaries(st.sampled_from(list(Field)), LETTERS),
    over=st.booleans(),
    sign=st.none() | st.sampled_from(list(SignRule)),
    order=st.none() | st.sampled_from(list(DateOrder)),
    codes=st.dictionaries(st.sampled_from(["1001", "2040", "3310", "", "none such"]), MEANING),
    outside=st.sampled_from(list(OutsidePeriod)),
)
def test_any_answers_are_shown_as_they_would_be_read(
    system: str,
    columns: dict[Field, str],
    over: bool,
    sign: SignRule | None,
    order: DateOrder | None,
    codes: dict[str, CodeMeaning | None],
    outside: OutsidePeriod,
) -> None:
    data = TABLES[system]
    if over:
        columns = {**_by(data, None).matching.columns, **columns}
    found = _by(data, Answers(columns, sign, order, codes, ALL_SAID, outside))
    matching = found.matching
    assert matching.columns.items() <= columns.items()
    assert sign is None or matching.sign is sign
    assert order is None or Field.SPENT_ON not in columns or matching.date_order is order
    for one in found.codes:
        if one.code in codes:
            assert matching.codes[one.code] == codes[one.code]
    if undecided(matching):
        return
    checked = check(CheckRequest(data, matching=matching), Limits())
    assert isinstance(checked, Checked)
    if not any(problem.severity == "error" for problem in checked.problems):
        claimed = [one for one in found.codes if one.meaning and one.meaning.category]
        if found.codes and Field.VAT not in matching.columns:
            assert sum(total.pence for total in checked.totals) == sum(one.pence or 0 for one in claimed)


def test_a_code_that_somebody_takes_for_another_category_adds_up_there() -> None:
    first = _by(TABLES["sage"], None)
    meant = {code: CodeMeaning(CostCategory.TRAINING) for code in MEANINGS}
    found = _by(TABLES["sage"], structs.replace(_answers(first.matching), codes=meant))
    assert {one.meaning for one in found.codes} == {CodeMeaning(CostCategory.TRAINING)}
    assert sum(one.pence or 0 for one in found.codes) == sum(line.pence for line in LINES)
