"""Awards as funders make them, of every kind that changes what a return has to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from grants.domain.awards import AwardMilestone, BudgetLine, CostCategory, SpendDetail
from grants.domain.earlier_returns import EarlierReturn
from grants.domain.periods import Period
from grants.domain.plan import BudgetKind
from grants.domain.return_documents import Asset, Documents
from grants.domain.returns import CategoryTotal, ReturnContext
from importers.layouts import forecast_quarters
from tests.importers.fuzz.among import among

_K = BudgetKind
CATEGORIES = list(CostCategory)
FORMS = ("xlsx", "ods", "csv")
WORKBOOKS = ("xlsx", "ods")
TITLES = ("Hearings begin", "Final report", "Panel of survivors meets", "Réview – part 1")


@dataclass(frozen=True)
class Wanted:
    """What a return must have so that a fault can be put into it. What is None may be either way."""

    forms: Sequence[str] = FORMS
    version: str | None = None
    detail: SpendDetail | None = None
    quarters: bool = False
    lines: int = 1
    capital: bool = False
    arms: bool = False
    pair: bool = False
    commas: bool = False
    anybody: bool = False


@st.composite
def awards(draw: st.DrawFn, wanted: Wanted) -> ReturnContext:
    """All that a return is checked against. Budgets are of millions, lines of thousands: nothing is overspent by chance."""
    start_year = draw(st.integers(2022, 2027))
    year = Period(start_year)
    periods = [Period(start_year, quarter=number) for number in range(1, 5)]
    periods += [year, *(Period(start_year, month=number) for number in range(1, 13))]
    if wanted.quarters:
        periods = [period for period in periods if forecast_quarters(period)]
    period = draw(among(periods))
    start = draw(among([period.first, year.first, date(start_year - 1, 4, 1)]))
    end = draw(among([period.last, year.last, date(start_year + 2, 3, 31)]))
    budget = _budget(draw, wanted, year)
    own = [line for line in budget if line.year == year.code]
    accepted = [
        CategoryTotal(line.category, line.budget_kind, line.pence * draw(st.integers(0, 4)) // 100) for line in own
    ]
    details = (SpendDetail.TRANSACTIONS, SpendDetail.TRANSACTIONS, SpendDetail.CATEGORIES)
    body = draw(among([("GB-LAE-OLD", "Oldham Council"), ("E23000005", "Greater Manchester Police")]))
    return ReturnContext(
        award=draw(among(["LI-OLDHAM-01", "INV-0001"])),
        recipient_id=body[0],
        recipient_name=body[1],
        delivery_body=body[1],
        period=period.code,
        award_start=start,
        award_end=end,
        budget=budget,
        accepted=tuple(accepted),
        ineligible=draw(among([(), ("catering contract",)])),
        virement_percent=draw(st.integers(1, 20)),
        amber_percent=draw(st.integers(5, 20)),
        earlier=draw(among([(), (EarlierReturn("LI-OLDHAM-01", "2021-22-Q4", ("0" * 64,), bytes(16)),)])),
        acts_for=draw(among([(), (body,), (body, ("GB-CHC-1", "A charity"))])),
        detail=wanted.detail or draw(among(details)),
        asset_threshold_pence=draw(among([None, 500_00, 5_000_00])),
        evidence_from_pence=draw(among([None, None, 250_00])),
        milestones=tuple(
            AwardMilestone(title, period.first + timedelta(days=draw(st.integers(0, 300))))
            for title in TITLES[: draw(st.integers(0, 3))]
        ),
        before=Documents(assets=_assets(draw, start, period)),
        today=draw(among([None, period.last - timedelta(days=1), period.last + timedelta(days=9)])),
    )


def _budget(draw: st.DrawFn, wanted: Wanted, year: Period) -> tuple[BudgetLine, ...]:
    categories = draw(st.lists(among(CATEGORIES), min_size=1 + wanted.pair, max_size=5, unique=True))
    kinds = [draw(among([_K.RDEL_PROGRAMME, _K.RDEL_PROGRAMME, _K.CDEL_PROGRAMME])) for _ in categories]
    if wanted.pair:
        kinds[:2] = [kinds[0]] * 2
    if wanted.capital:
        kinds[0] = _K.CDEL_PROGRAMME
    pairs = list(zip(categories, kinds, strict=True))
    if wanted.arms or draw(st.integers(0, 5)) == 0:
        pairs += [(categories[0], kind) for kind in (_K.RDEL_PROGRAMME, _K.RDEL_ADMIN) if kind != kinds[0]]
    millions = [draw(st.integers(2, 9)) * 1_000_000_00 for _ in pairs]
    lines = [BudgetLine(year.code, *pair[:1], pence, pair[1]) for pair, pence in zip(pairs, millions, strict=True)]
    return (*lines, BudgetLine(year.next().code, CATEGORIES[0], 1_000_000_00))


def _assets(draw: st.DrawFn, start: date, period: Period) -> tuple[Asset, ...]:
    """Assets that earlier returns told of, no two of the same day and cost."""
    return tuple(
        Asset(
            reference=f"OLD-{number}",
            description="A van",
            acquired_on=start + timedelta(days=draw(st.integers(0, (period.last - start).days - 2))),
            pence=7_000_00 + number,
            location="Depot",
            serial="",
            disposed_on=None,
            disposal_pence=None,
            cell="",
        )
        for number in range(draw(among([0, 0, 1, 2])))
    )
