"""The plan as a table on a terminal."""

from grants.actions.plan_view import PlanView
from grants.domain.money import show
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind

_FIGURES = ("allocated", "awarded", "paid", "spent", "forecast", "unawarded")


def plan_table(plan: PlanView) -> str:
    """Each funding line with its money by year and budget kind; no sum over lines, since they mix years."""
    lines = [
        f"The plan as at entry {plan.entry_no}",
        *(["It holds EXAMPLE DATA."] if plan.has_example_data else []),
        "",
    ]
    for programme in plan.programmes:
        lines.append(f"{programme.title} ({programme.code})")
        for line in programme.funding_lines:
            lines.append(
                f"  {line.title} ({line.code}), announced {show(line.announced_pence)}, year {line.year} {line.year_basis}"
            )
            for year in line.financial_years:
                figures = "  ".join(f"{name} {show(getattr(year, f'{name}_pence'))}" for name in _FIGURES)
                kind = BudgetKind(year.budget_kind).label
                lines.append(f"    {parse_year(year.year).label}, {kind}: {figures}")
        lines.append("")
    return "\n".join([*lines, plan.note])
