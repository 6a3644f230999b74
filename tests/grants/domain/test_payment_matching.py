"""Payments matched: never more than is expected, never one for two, exact or told; whatever the file and the record hold."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from grants.domain.awards import AwardState
from grants.domain.expected_payments import Expected, Ground, Known, Named, Standing, left_to_pay, named_by
from grants.domain.payment_matching import Match, match_payments
from grants.domain.plan import BudgetKind
from grants.domain.registers import Outcome, PaymentEntry

KIND, TODAY = BudgetKind.RDEL_PROGRAMME, date(2025, 11, 3)
APRIL, JULY, OCTOBER = date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1)
LI, CAID = "LI-OLDHAM-01", "CAID-7"


def entry(reference: str = LI, pence: int = 500, on: date = JULY, row: int = 6, transaction: str = "") -> PaymentEntry:
    return PaymentEntry("Payments", row, f"C{row}", reference, on, pence, transaction)


def instalment(number: int, pence: int = 500, due: date = APRIL, award: str = LI) -> Expected:
    return Expected(award, "2025-26", KIND, pence, number, None, due)


def claim(period: str, pence: int = 500, award: str = LI) -> Expected:
    return Expected(award, "2025-26", KIND, pence, None, period)


def known(
    number: int = 1, standing: Standing = Standing.PAID, pence: int = 500, on: date = JULY, *numbers: str
) -> Known:
    return Known(number, standing, LI, "2025-26", KIND, pence, on, 1, None, frozenset(numbers))


def ground(*worth: Expected, record: tuple[Known, ...] = (), state: AwardState = AwardState.ACTIVE) -> Ground:
    on_record = {LI: list(record)}
    return Ground({LI: state, CAID: state}, left_to_pay(worth, on_record), on_record, [CAID, LI])


def one(payment: PaymentEntry, at: Ground) -> Match:
    [found] = match_payments([payment], at, TODAY)
    return found


def test_a_reference_names_an_award_and_perhaps_more() -> None:
    for text, expected in {
        " li-oldham-01 ": Named(LI),
        "LI-OLDHAM-01/2": Named(LI, 2),
        "LI-OLDHAM-01 instalment 12": Named(LI, 12),
        "LI-OLDHAM-01: 2025-26-Q2": Named(LI, None, "2025-26-Q2"),
        "LI-OLDHAM-01 claim 2025-26-P07": Named(LI, None, "2025-26-P07"),
        "LI-OLDHAM-01 July grant": Named(LI, is_whole=False),
        "LI-OLDHAM-01-2": Named("LI-OLDHAM-01-2"),
        "£££": Named("£££", is_whole=False),
    }.items():
        assert named_by(entry(text)) == expected, text
    assert named_by(PaymentEntry("P", 1, "C1", "LI-OLDHAM-01/2", JULY, 5, "", 3)).instalment == 3


def test_an_exact_one_that_is_due_is_proposed() -> None:
    found = one(entry(), ground(instalment(1), instalment(2, 600), instalment(3, due=OCTOBER)))
    assert (found.outcome, found.terms and found.terms.instalment) == (Outcome.PROPOSED, 1)
    found = one(entry(), ground(claim("2025-26-Q1", 700), claim("2025-26-Q2")))
    assert (found.terms and (found.terms.claim, found.terms.year, found.terms.paid_on)) == (
        "2025-26-Q2",
        "2025-26",
        JULY,
    )
    early = one(entry(f"{LI}/3"), ground(instalment(1), instalment(3, due=OCTOBER)))
    assert (early.terms and early.terms.instalment) == 3


def test_what_is_not_sure_is_told_and_not_guessed() -> None:
    for payment, at, said in (
        (entry(), ground(instalment(1), instalment(2)), "more than one payment: instalment 1"),
        (entry(), ground(instalment(1, due=OCTOBER)), "not due by then"),
        (entry(pence=499), ground(instalment(1), instalment(2, 900)), "£0.01 less than the nearest"),
        (entry(pence=901), ground(instalment(1), instalment(2, 900)), "£0.01 more than the nearest"),
        (entry(f"{LI} for July"), ground(instalment(1)), "no instalment and no period"),
        (entry(on=TODAY + timedelta(days=1)), ground(instalment(1)), "still to come"),
        (entry(pence=-500), ground(instalment(1)), "no payment"),
        (entry(pence=0), ground(instalment(1)), "no payment"),
        (entry(), ground(instalment(1), state=AwardState.AGREED), "agreed and cannot be paid"),
        (entry(), ground(instalment(1, 1000), record=(known(on=JULY + timedelta(days=3)),)), "same amount on another date"),
        (entry(transaction="T"), ground(instalment(1, 9), record=(known(1, Standing.PAID, 700, JULY, "T"),)), "came before with other facts"),
    ):  # fmt: skip
        found = one(payment, at)
        assert (found.outcome, found.terms) == (Outcome.NEAR_MISS, None), said
        assert said in found.message
    for payment, said in (
        (entry("LI-OLDHAN-01"), f"The nearest is {LI}, which expects instalment 1"),
        (entry("X"), "No award"),
    ):
        found = one(payment, ground(instalment(1)))
        assert (found.outcome, found.award) == (Outcome.UNKNOWN, None)
        assert said in found.message
    assert one(entry(CAID), ground(instalment(1))).outcome is Outcome.UNKNOWN


def test_what_is_on_the_record_is_left_alone() -> None:
    for standing, outcome in {
        Standing.PAID: Outcome.UNCHANGED,
        Standing.WAITING: Outcome.WAITING,
        Standing.DECLINED: Outcome.DECLINED,
        Standing.REVERSED: Outcome.DECLINED,
    }.items():
        found = one(entry(), ground(instalment(1), instalment(2), record=(known(7, standing),)))
        assert (found.outcome, found.decision, found.terms) == (outcome, 7, None)


def test_numbers_tell_two_payments_of_one_day_apart() -> None:
    at = ground(instalment(1), instalment(2), record=(known(7, Standing.PAID, 500, JULY, "T1"),))
    twins = [entry(f"{LI}/1", transaction="T1"), entry(f"{LI}/2", row=7, transaction="T2")]
    first, second = match_payments(twins, at, TODAY)
    assert (first.outcome, first.decision) == (Outcome.UNCHANGED, 7)
    assert (second.outcome, second.terms and second.terms.instalment) == (Outcome.PROPOSED, 2)


PENCE = st.integers(-2, 6).map(lambda hundreds: hundreds * 100)
DAYS = st.sampled_from([APRIL, JULY, OCTOBER, TODAY, TODAY + timedelta(days=9)])
REFERENCES = st.sampled_from(
    [LI, f"{LI}/1", f"{LI} 2", f"{LI}/2025-26-Q1", "li-oldham-01", CAID, "LI-OLDHAN-01", "COUNCIL TAX", "="]
)
ENTRIES = st.lists(
    st.builds(entry, REFERENCES, PENCE, DAYS, st.integers(6, 60), st.sampled_from(["", "T1", "T2", "T3"])), max_size=8
)
WORTH = st.lists(
    st.builds(
        instalment, st.integers(1, 4), st.integers(1, 6).map(lambda n: n * 100), DAYS, st.sampled_from([LI, CAID])
    ),
    max_size=5,
    unique_by=lambda one: (one.award, one.instalment),
)
RECORD = st.lists(
    st.builds(
        known,
        st.integers(1, 9),
        st.sampled_from(list(Standing)),
        st.integers(1, 6).map(lambda n: n * 100),
        DAYS,
        st.just("T1"),
    ),
    max_size=3,
    unique_by=lambda one: one.decision,
).map(tuple)


@given(payments=ENTRIES, worth=WORTH, record=RECORD)
def test_nothing_is_proposed_beyond_what_is_expected_and_nothing_without_a_reason(
    payments: list[PaymentEntry], worth: list[Expected], record: tuple[Known, ...]
) -> None:
    matches = match_payments(payments, ground(*worth, record=record), TODAY)
    assert matches == match_payments(payments, ground(*worth, record=record), TODAY)
    left = {
        (one.award, one.instalment): one.pence
        for some in ground(*worth, record=record).expected.values()
        for one in some
    }
    for payment, match in zip(payments, matches, strict=True):
        assert match.message.endswith(".")
        assert (match.terms is not None) == (match.outcome is Outcome.PROPOSED)
        if match.terms is not None:
            assert left.pop((match.terms.award, match.terms.instalment)) == match.terms.pence == payment.pence > 0
            assert match.terms.paid_on == payment.paid_on <= TODAY
            assert match.terms.award in payment.reference.upper()
    on_record = [
        match.decision
        for match in matches
        if match.outcome not in (Outcome.NEAR_MISS, Outcome.UNKNOWN, Outcome.PROPOSED)
    ]
    assert len(on_record) == len(set(on_record))


@given(payments=ENTRIES, worth=WORTH)
def test_a_file_sent_again_proposes_nothing(payments: list[PaymentEntry], worth: list[Expected]) -> None:
    first = match_payments(payments, ground(*worth), TODAY)
    record = tuple(
        Known(number, Standing.WAITING, match.terms.award, "2025-26", KIND, match.terms.pence, match.terms.paid_on, match.terms.instalment,
              None, frozenset({payment.transaction} - {""}))
        for number, (payment, match) in enumerate(zip(payments, first, strict=True), start=1)
        if match.terms is not None
    )  # fmt: skip
    by_award = {award: [one for one in record if one.award == award] for award in (LI, CAID)}
    at = Ground({LI: AwardState.ACTIVE, CAID: AwardState.ACTIVE}, left_to_pay(worth, by_award), by_award, [CAID, LI])
    again = match_payments(payments, at, TODAY)
    for before, after in zip(first, again, strict=True):
        assert (after.outcome is Outcome.WAITING) == (before.outcome is Outcome.PROPOSED), (before, after)
        assert after.terms is None
