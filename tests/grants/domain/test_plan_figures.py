"""The plan's figures: nothing lost between accounts and lines, and a forecast that follows the last accepted period."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import Figures, ForecastInForce, award_figures, line_figures

LINES = {"A1": "L1", "A2": "L1", "A3": "L2"}
YEARS = st.sampled_from(["2024-25", "2025-26"])
KINDS = st.sampled_from([BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME])


@dataclass(frozen=True)
class Held:
    """An account as an entry left it."""

    kind: str
    owner: str
    year: str
    budget_kind: BudgetKind
    balance_pence: int
    funded_pence: int


def accounts(kind: str, owners: list[str]) -> st.SearchStrategy[Held]:
    return st.tuples(st.sampled_from(owners), YEARS, KINDS, st.integers(0, 99), st.integers(0, 99)).map(
        lambda facts: Held(kind, facts[0], facts[1] if kind != "held" else "", facts[2], facts[3], facts[3] + facts[4])
    )


POSITIONS = st.lists(
    accounts("line", ["L1", "L2", "L3"])
    | accounts("award", list(LINES))
    | accounts("held", list(LINES))
    | accounts("spent", list(LINES)),
    unique_by=lambda held: (held.kind, held.owner, held.year, held.budget_kind),
)
FORECASTS = st.lists(
    st.builds(
        lambda award, year, kind, quarter, pence: ForecastInForce(award, year, kind, f"{year}-Q{quarter}", pence),
        st.sampled_from(list(LINES)),
        YEARS,
        KINDS,
        st.integers(1, 4),
        st.integers(0, 99),
    ),
    unique_by=lambda forecast: (forecast.award, forecast.period, forecast.budget_kind),
)


@given(POSITIONS, FORECASTS)
def test_every_penny_of_the_accounts_is_in_one_figure(positions: list[Held], forecasts: list[ForecastInForce]) -> None:
    found = line_figures(positions, LINES, forecasts)
    total = Counter[str]()
    for held in positions:
        if held.kind == "line":
            total["allocated_pence"] += held.funded_pence
            total["unawarded_pence"] += held.balance_pence
        elif held.kind == "award":
            total["awarded_pence"] += held.funded_pence
            total["paid_pence"] += held.funded_pence - held.balance_pence
        elif held.kind == "spent":
            total["spent_pence"] += held.balance_pence
    for name in ("allocated_pence", "awarded_pence", "paid_pence", "spent_pence", "unawarded_pence"):
        assert sum(getattr(figures, name) for figures in found.values()) == total[name]
    assert list(found) == sorted(found)


@given(POSITIONS, FORECASTS)
def test_a_line_is_the_sum_of_its_awards(positions: list[Held], forecasts: list[ForecastInForce]) -> None:
    by_award = award_figures(positions, forecasts)
    for (line, year, kind), figures in line_figures(positions, LINES, forecasts).items():
        mine = [by_award.get((award, year, kind), Figures()) for award in LINES if LINES[award] == line]
        for name in ("awarded_pence", "paid_pence", "spent_pence", "forecast_pence"):
            assert getattr(figures, name) == sum(getattr(part, name) for part in mine)


@given(POSITIONS, FORECASTS)
def test_the_last_accepted_period_says_what_the_rest_will_be(
    positions: list[Held], forecasts: list[ForecastInForce]
) -> None:
    found = award_figures(positions, forecasts)
    for (award, year, kind), figures in found.items():
        own = sorted(
            (forecast.period, forecast.rest_pence)
            for forecast in forecasts
            if (forecast.award, forecast.year, forecast.budget_kind) == (award, year, kind)
        )
        expected = figures.spent_pence + own[-1][1] if own else figures.awarded_pence
        assert figures.forecast_pence == expected


@given(POSITIONS, FORECASTS)
def test_the_order_of_rows_means_nothing(positions: list[Held], forecasts: list[ForecastInForce]) -> None:
    assert line_figures(positions, LINES, forecasts) == line_figures(positions[::-1], LINES, forecasts[::-1])


def test_a_month_after_a_quarter_is_later() -> None:
    kind = BudgetKind.RDEL_PROGRAMME
    quarter = ForecastInForce("A1", "2025-26", kind, "2025-26-Q2", 1)
    month = ForecastInForce("A1", "2025-26", kind, "2025-26-P07", 2)
    for order in ([quarter, month], [month, quarter]):
        assert award_figures([], order)["A1", "2025-26", kind].forecast_pence == 2
