"""The checks, in order: pure functions from what was read to problems, each with codes of its own."""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from grants.domain.returns import Problem, Severity
from importers.cells import column_number
from importers.checks import assets, award, cells, declarations, earlier, evidence, milestones, outlook, whole, words
from importers.checks.extract import amounts_on_one_side, codes_matched
from importers.checks.facts import Facts
from importers.messages import problem

Check = Callable[[Facts], Iterable[Problem]]

CHECKS: Final[tuple[Check, ...]] = (
    cells.prepared_by_somebody,
    declarations.declarations_answered,
    declarations.declarations_sent,
    declarations.basis_is_accruals,
    cells.required_cells,
    cells.formulas_with_values,
    cells.texts_short_enough,
    cells.amounts_are_money,
    cells.dates_are_real,
    cells.choices_are_listed,
    codes_matched,
    amounts_on_one_side,
    cells.totals_agree,
    award.category_on_award,
    award.kind_on_award,
    award.dates_in_award,
    award.dates_in_period,
    award.dates_have_come,
    award.no_repeated_lines,
    earlier.not_claimed_before,
    award.spend_within_award,
    award.spend_within_categories,
    award.credits_within_spend,
    outlook.forecast_sent,
    outlook.forecasts_are_money,
    outlook.forecast_rows_complete,
    outlook.variances_explained,
    outlook.forecast_within_award,
    milestones.milestones_readable,
    milestones.milestones_complete,
    milestones.milestones_dated,
    milestones.milestones_rated,
    milestones.milestones_explained,
    assets.assets_readable,
    assets.assets_bought_in_award,
    assets.assets_registered,
    assets.assets_kept,
    assets.disposals_told,
    evidence.evidence_named,
    words.ineligible_words,
    words.no_identifying_text,
    whole.something_spent,
    earlier.not_sent_before,
    whole.sheets_not_too_long,
)

_CELL: Final = re.compile(r"([A-Z]+)([0-9]+)")


def run_checks(facts: Facts, most: int) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Errors and warnings, each in reading order, no more than `most` of either."""
    found = [one for check in CHECKS for one in islice(check(facts), most + 1)]
    more = [one.sheet for one in (facts.milestones, facts.assets) if one is not None]
    names = (facts.fields.sheet, facts.spend.sheet, facts.forecast.sheet, *more)
    order = {name: number for number, name in enumerate(names)}
    found.sort(key=lambda one: (order.get(one.sheet, 9), *_reading(one.cell)))
    errors, warnings = (
        [one for one in found if one.severity is severity] for severity in (Severity.ERROR, Severity.WARNING)
    )
    if len(errors) > most:
        errors = [*errors[:most], problem("too_many_problems", facts.spend.sheet, "")]
    return tuple(errors), tuple(warnings[:most])


def _reading(cell: str) -> tuple[int, int]:
    match = _CELL.match(cell)
    return (int(match[2]), column_number(match[1])) if match else (0, 0)
