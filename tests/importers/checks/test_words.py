"""Words that a grant does not pay for, and text that may identify a person."""

import pytest

from importers.checks.words import may_identify
from tests.importers.making import AWARD, Typed, award, checked, filled, places, problems_of


@pytest.mark.parametrize(
    "text",
    ["Lobbying of members", "GIFTS for speakers", "a gift", "Loan interest", "Contributions in kind", "recoverable VAT", "political event",
     "Parking fines"],
)  # fmt: skip
def test_words_of_ineligible_costs_are_a_warning_at_the_description(text: str) -> None:
    assert problems_of([Typed(description=text)]) == [("ineligible_word", "Spend!C6")]
    assert problems_of([Typed(payee=text)]) == []


@pytest.mark.parametrize(
    "text", ["Refines the database", "Kindred services", "irrecoverable VAT on hire", "apolitical", "Giftware-free"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert problems_of([Typed(description=text)]) == []


def test_an_award_adds_words_of_its_own() -> None:
    context = award(ineligible=("Overseas travel", " "))
    assert problems_of([Typed(description="Some OVERSEAS TRAVEL")], context) == [("ineligible_word", "Spend!C6")]
    assert problems_of([Typed(description="Some OVERSEAS TRAVEL")]) == []


IDENTIFYING = [
    "Interview, DOB 01/02/2003",
    "d.o.b. 1.2.03",
    "date of birth: 1 Feb 2003",
    "born 2003",
    "NHS 943 476 5919",
    "nhs no. 9434765919",
    "943-476-5919",
    "Support for QQ 12 34 56 C".replace("QQ", "AB"),
    "AB123456C",
    "Crime ref 12AB/34567/24",
    "custody number 1234",
    "URN 12/3456",
    "niche reference: 55",
    "Taxi for Miss Khan",
    "HOTEL MRS. KHAN",
    "Told a.khan@example.org",
    "Call to 07700 900123",
    "Call to +44 7700 900123",
]
HARMLESS = [
    "Investigators, 37 hours",
    "943 476 5918",
    "Invoice 9434765919",
    "0161 770 3000",
    "Born to Read project",
    "Police Federation subscription",
    "Crime analysts, July",
    "Return journey 12 July",
    "incident room furniture",
    "000 000 0000",
    "MS Office licences",
    "Items missed in July",
    "Mr and Mrs counselling rooms",
    "Desks @ 40.00 each",
    "Order 07123456789012",
]


@pytest.mark.parametrize("text", IDENTIFYING)
def test_text_that_may_identify_is_a_warning_that_does_not_repeat_it(text: str) -> None:
    assert may_identify(text)
    problem = checked(filled(AWARD, [Typed(), Typed(reference="2", description=text)])).warnings[0]
    assert (problem.code, problem.place, problem.value) == ("may_identify", "Spend!C7", "")
    assert text not in problem.message


@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_does_not(text: str) -> None:
    assert not may_identify(text)
    assert problems_of([Typed(description=text)]) == []


def test_a_reference_may_look_like_any_number_but_not_name_a_record() -> None:
    assert problems_of([Typed(reference="943 476 5919", evidence="AB123456C")]) == []
    assert problems_of([Typed(evidence="crime ref 123")]) == [("may_identify", "Spend!J6")]
    assert places(checked(filled(AWARD, [Typed(payee="NHS 943 476 5919")]))) == [("may_identify", "Spend!D6")]


def test_who_is_paid_has_a_name() -> None:
    assert problems_of([Typed(payee="Mrs A Khan, a.khan@example.org")]) == []
