"""What is said of a cell of a register or a payment file, beside what is said of any cell."""

from typing import Final

ERRORS: Final = {
    "not_a_reference": "The {heading} must be 2 to 40 capital letters, digits and hyphens, like LI-OLDHAM-01",
    "not_a_code": "The {heading} must be a code of the plan, like LOCAL-INQUIRIES",
    "not_an_identifier": "The {heading} must be an identifier of the recipients' register, like GB-LAE-OLD",
    "not_a_year": "The {heading} must be a financial year, like 2025-26",
    "not_a_claim": "The {heading} must be a quarter like 2025-26-Q2, a month like 2025-26-P07 or a year like 2025-26",
    "not_a_basis_of_payment": "The {heading} must be Arrears or Advance",
    "not_a_frequency": "The {heading} must be Quarterly or Monthly",
    "not_a_power": 'Choose the {heading} from the list on the sheet "Lists"',
    "not_above_zero": "The {heading} must be more than 0",
    "not_a_number": "The {heading} must be a whole number from 1 to 200",
    "said_otherwise": "Row {row} says otherwise of the same award. Type the same in both, or leave this cell empty.",
    "budget_line_repeated": "Row {row} has a budget for the same award, year, cost category and kind. Put both into one row.",
    "year_outside_award": "This year lies outside the award's dates. Correct the year, or the dates.",
    "end_before_start": "The end date must be on or after the start date",
    "number_repeated": "Row {row} has the same instalment of this award. Give each a number of its own.",
    "not_on_awards": 'The sheet "{awards}" has no award with this reference. Add it there, or delete this row.',
    "too_many_budget_lines": "An award can have no more than {most} budget lines and {most_instalments} instalments",
    "payment_repeated": "Row {row} is the same payment: same reference, date, amount and transaction number. Delete one, or give each its "
    "own transaction number.",
    "transaction_repeated": "Row {row} has the same transaction number. Correct one; or leave the column out, if its numbers are not one a payment.",
    "no_rows": "There are no rows below the headings. Add them, and load the file again.",
}
