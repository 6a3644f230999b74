"""Every check that the field expects of a spend return, and the codes that it has."""

from importers.checks import CHECKS
from importers.messages import ERRORS, REFUSALS, WARNINGS

CODES = {**REFUSALS, **ERRORS, **WARNINGS}

EXPECTED = {
    "the right template and version": {"missing_sheet", "missing_headings", "missing_column", "repeated_column", "missing_field", "wrong_version"},
    "the right award, recipient and period": {"wrong_award", "wrong_recipient", "wrong_period", "not_a_period"},
    "the uploader may act for this recipient": {"not_your_recipient"},
    "every required cell": {"blank", "declaration_blank", "forecast_blank", "milestone_undated"},
    "amounts are money, two decimals, in range": {"not_money", "part_penny", "too_large", "percentage", "not_pounds", "date_not_amount"},
    "dates are real": {"not_a_date", "month_first"},
    "dates inside the award": {"before_award", "after_award", "asset_outside_award"},
    "dates inside the period, or an accrual": {"outside_period"},
    "the category is on the award": {"category_not_on_award"},
    "resource or capital as the award allows": {"kind_not_on_award"},
    "no duplicate line inside the return": {"duplicate_line", "category_repeated"},
    "no duplicate in earlier accepted returns, nor across awards": {"claimed_before"},
    "cumulative spend within the award, by year and kind": {"over_award", "below_zero"},
    "cumulative spend within the award, by category": {"over_category", "over_category_within"},
    "totals agree with their parts": {"total_wrong"},
    "forecast not in the past": {"forecast_in_past", "forecast_negative"},
    "forecasts for each budget": {"forecast_row_missing", "forecast_row_unknown", "forecast_row_repeated", "forecast_not_sent"},
    "actual not in the future": {"in_future", "not_yet"},
    "forecast and actual against the award": {"forecast_over_award"},
    "variance explained": {"variance_unexplained"},
    "evidence given where required": {"evidence_missing"},
    "capital above the threshold has an asset row": {"asset_missing", "assets_not_sent", "asset_cost"},
    "assets stay, and their disposal is told": {"asset_gone", "disposal_without_value", "disposal_negative", "disposed_before_bought"},
    "milestones are all there, and explained": {"milestone_missing", "milestone_repeated", "milestone_unexplained"},
    "ineligible words": {"ineligible_word"},
    "an unchanged copy of an earlier return": {"unchanged_copy", "unchanged_lines"},
    "text that could identify a victim": {"may_identify"},
    "the preparer's declarations": {
        "declarations_not_sent", "declared_no_no_other_grant", "declared_no_vat_left_out", "declared_no_records_kept",
    },
    "the accruals basis": {"cash_basis"},
    "a return of nothing is meant": {"no_lines"},
}  # fmt: skip
WARNS = {
    "over_category_within", "forecast_over_award", "forecast_not_sent", "ineligible_word", "may_identify", "declarations_not_sent",
    "declared_no_no_other_grant", "declared_no_vat_left_out", "declared_no_records_kept", "cash_basis", "assets_not_sent", "asset_gone",
    "no_lines",
}  # fmt: skip


def test_each_check_has_its_codes() -> None:
    missing = {check: codes - CODES.keys() for check, codes in EXPECTED.items() if codes - CODES.keys()}
    assert missing == {}


def test_what_stops_a_return_and_what_asks_for_a_reason_are_never_one() -> None:
    for code in set().union(*EXPECTED.values()):
        assert (code in WARNINGS) == (code in WARNS), code


def test_every_check_is_one_function_that_says_what_it_asks_for() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)
