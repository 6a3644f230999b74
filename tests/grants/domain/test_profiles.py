"""Shares of instalments: none is lost in rounding, of an instalment or of a cost category."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from grants.domain.awards import AwardTerms, BudgetLine, CostCategory, Instalment, PaymentBasis, check_terms
from grants.domain.plan import BudgetKind
from grants.domain.profiles import shares_of_profile

START = date(2025, 4, 1)
PENCE = st.integers(1, 10**9)
RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME


def _terms(budget: tuple[BudgetLine, ...], profile: tuple[Instalment, ...]) -> AwardTerms:
    terms = AwardTerms(
        purpose="A purpose",
        start=START,
        end=START + timedelta(days=700),
        budget=budget,
        payment_basis=PaymentBasis.ADVANCE,
        profile=profile,
    )
    check_terms(terms)
    return terms


@st.composite
def terms_of_a_year(draw: st.DrawFn) -> AwardTerms:
    """A budget of some categories, and instalments that come to it on some days, numbered in no order."""
    categories = draw(st.lists(st.sampled_from(list(CostCategory)), min_size=1, max_size=6, unique=True))
    budget = tuple(BudgetLine("2025-26", category, draw(PENCE)) for category in categories)
    whole = sum(line.pence for line in budget)
    cuts = draw(st.sets(st.integers(1, whole - 1), max_size=5)) if whole > 1 else set()
    edges = [0, *sorted(cuts), whole]
    numbers = draw(st.permutations(range(1, len(edges))))
    profile = tuple(
        Instalment(number, START + timedelta(days=draw(st.integers(0, 364))), "2025-26", after - before)
        for number, before, after in zip(numbers, edges, edges[1:], strict=False)
    )
    return _terms(budget, profile)


@given(terms_of_a_year())
def test_shares_come_to_each_instalment_and_to_each_budget(terms: AwardTerms) -> None:
    shares = shares_of_profile(terms)
    totals: Counter[CostCategory] = Counter()
    whole = sum(line.pence for line in terms.budget)
    for instalment in terms.profile:
        found = shares[instalment.number]
        assert sum(found.values()) == instalment.pence
        for line in terms.budget:
            exact = instalment.pence * line.pence / whole
            assert abs(found[line.category] - exact) <= 2 + exact * 1e-9
        totals.update(found)
    assert totals == Counter({line.category: line.pence for line in terms.budget})


def test_an_instalment_is_shared_within_its_own_year_and_kind() -> None:
    terms = _terms(
        (
            BudgetLine("2025-26", CostCategory.STAFF_PAY, 100),
            BudgetLine("2026-27", CostCategory.ICT, 30),
            BudgetLine("2026-27", CostCategory.CAPITAL, 7, CDEL),
        ),
        (
            Instalment(1, START, "2025-26", 100),
            Instalment(2, START, "2026-27", 30),
            Instalment(3, START, "2026-27", 7, CDEL),
        ),
    )
    assert shares_of_profile(terms) == {
        1: {CostCategory.STAFF_PAY: 100},
        2: {CostCategory.ICT: 30},
        3: {CostCategory.CAPITAL: 7},
    }
