"""Every word that a person reads about a file or a cell: what is wrong, and what to type instead.

Facts that fill a sentence are the award's own, never what the recipient typed: that stands in a problem's `value`. The
exceptions are whom a file says that it is for, where the sender does not act for them, and a short code of a ledger. No sentence goes to a log.
"""

from collections.abc import Iterable
from typing import Final

from grants.domain.returns import Problem, Severity
from importers.answer import NotAReturn, Notice, Refused
from importers.registers.words import ERRORS as OF_REGISTERS

_SAVE: Final = "In Excel choose Save as, Excel workbook (.xlsx)."
_KINDS: Final = "The selected file must be an XLSX, ODS or CSV"
_TEMPLATE: Final = "The selected file must use the template"

REFUSALS: Final = {
    "empty": "The selected file is empty",
    "empty_table": "The selected file is empty: its rows hold nothing but separators",
    "empty_workbook": "The selected file is empty: no cell of the workbook is filled in",
    "file_too_large": "The selected file must be smaller than {limit_mb}MB",
    "encrypted": "The selected file is password protected. Remove the password and save it again.",
    "old_excel": f"{_KINDS}. This is an older Excel workbook (.xls). {_SAVE}",
    "macros": f"{_KINDS}. This workbook can hold macros (.xlsm). {_SAVE}",
    "binary_workbook": f"{_KINDS}. This is a binary workbook (.xlsb). {_SAVE}",
    "xml_spreadsheet": f"{_KINDS}. This is a spreadsheet saved as XML, whatever its name says. Open it in Excel or "
    "LibreOffice, choose Save as and then Excel workbook (.xlsx).",
    "symbolic_link": f"{_KINDS}. This is a symbolic link file (.slk). {_SAVE}",
    "apple": f"{_KINDS}. This was saved by Numbers or Pages. In Numbers choose File, Export To, Excel.",
    "word": f"{_KINDS}. This is a Word document. Fill in the template and send that.",
    "text_document": f"{_KINDS}. This is a text document. Fill in the template and send that.",
    "presentation": f"{_KINDS}. This is a presentation. Fill in the template and send that.",
    "other_office": f"{_KINDS}. This is an Office file of another kind. Fill in the template and send that.",
    "pdf": f"{_KINDS}. This is a PDF. Send the workbook that it was made from.",
    "image": f"{_KINDS}. This is a picture. Send the workbook itself.",
    "zipped_workbook": f"{_KINDS}. This is a compressed folder with one workbook in it. Take the workbook out of it "
    "and send that.",
    "other_zip": f"{_KINDS}. This is a compressed folder. Take the workbook out of it and send that.",
    "web_page": f"{_KINDS}. This is a web page, whatever its name says. Open it in Excel and choose Save as, "
    "Excel workbook (.xlsx).",
    "link": f"{_KINDS}. This is only a link to a file. Open it there, download it as a workbook (.xlsx) and send that.",
    "xml": f"{_KINDS}. This is an XML file. Fill in the template and send that.",
    "unknown_encoding": f"{_KINDS}. This is text in an encoding that is not known. Save it as CSV UTF-8.",
    "unclosed_quote": "The CSV could not be read: a quotation mark that is opened in row {row} is never closed. Save it "
    "again as CSV UTF-8, or as an Excel workbook (.xlsx).",
    "stray_quote": "The CSV could not be read: row {row} has a quotation mark inside a quoted text. Save it again as CSV "
    "UTF-8, or as an Excel workbook (.xlsx).",
    "csv_headings": _TEMPLATE + "'s headings. A CSV holds one table: a row with the headings of the sheet "
    '"{table}", and the lines below it. That row was not found.',
    "unknown_kind": f"{_KINDS}. What this file is could not be told. {_SAVE}",
    "damaged": f"The selected file could not be read: it is damaged. Open it, save it again and send that. {_SAVE}",
    "could_not_read": "The selected file could not be read. Copy your lines into a new copy of the template and send that.",
    "took_too_long": "The selected file could not be read: reading it took too long. Copy your lines into a new copy of "
    "the template and send that.",
    "too_many_parts": "The selected file could not be read: it has too many parts for a spend return. Copy your lines into "
    "a new copy of the template.",
    "inflates_too_far": "The selected file could not be read: it is far larger inside than a spend return can be. Copy your "
    "lines into a new copy of the template.",
    "declares_entities": "The selected file could not be read: it holds declarations that a workbook does not need. "
    "Copy your lines into a new copy of the template.",
    "too_many_cells": "The selected file must have no more than {limit:,} filled cells",
    "cell_too_far": "A cell far outside the table is filled in. Delete everything below and to the right of your lines, "
    "save the file and send it again.",
    "text_too_long": "A cell holds a text of more than {limit:,} characters. Shorten it.",
    "missing_sheet": _TEMPLATE
    + '. It has no sheet named "{sheet}". Sheets must keep the names that the template gives them.',
    "missing_headings": _TEMPLATE
    + '. The row of headings on the sheet "{sheet}" was not found. It belongs in row {row}.',
    "missing_column": _TEMPLATE
    + '. The sheet "{sheet}" has no column headed "{heading}". It belongs in column {letter}.',
    "repeated_column": _TEMPLATE + '. The sheet "{sheet}" has two columns headed "{heading}". Keep one.',
    "missing_field": _TEMPLATE + '. The sheet "{sheet}" has no row for "{label}". It belongs in row {row}.',
    "wrong_version": "This is another version of the template. Download the template for this return, version {expected}, "
    "and copy your lines into it.",
    "not_your_recipient": "You can only send returns for {yours}. This one is for {theirs}.",
    "wrong_award": "This return is for another award. Use the template for {expected}.",
    "wrong_recipient": "This return is for another recipient. Use the template for {expected}.",
    "wrong_period": "This return is for another period. Use the template for {expected}.",
    "needs_matching": "This is a table of transactions, with its headings in row {row}, that nobody has matched yet. Confirm once "
    "what its columns are, then send it again: POST it to this return's address with /matching, or use tallystick check --match.",
    "matching_does_not_fit": "No table in the file has the headings that the matching was made for. Match it anew.",
    "matching_undecided": "The matching leaves something to decide. {asked}",
    "two_tables": 'The sheets "{first}" and "{sheet}" both have the headings that are matched. Send one of them alone.',
    "uses_template": "This file uses the template: it needs no matching. Upload it as it is.",
    "no_table": "No table of transactions was found: one row of headings, and below it dates and amounts. Export the table itself, "
    "with its headings.",
    "no_such_cell": "The file has no such cell. Look at the sheet and the cell that were named.",
    "not_a_period": "The period must be a code like 2025-26-Q2. Download the template again and copy your lines into it.",
}

ERRORS: Final = {
    "blank": "Enter the {heading}",
    "formula_error": "This cell's formula gives an error. Type the {heading} itself.",
    "formula_not_calculated": "This cell's formula has no result stored. Open the file, let it calculate, and save it; "
    "or type the {heading} itself.",
    "too_long": "The {heading} must be {longest:,} characters or fewer",
    "not_money": "The {heading} must be an amount of money, like 1234.50",
    "part_penny": "The {heading} must be in whole pence, with no more than two decimals",
    "too_large": "The {heading} must be between -£1,000,000,000 and £1,000,000,000",
    "date_not_amount": "The {heading} must be an amount of money. This cell is formatted as a date: format it as a number.",
    "percentage": "The {heading} must be an amount of money. This cell shows a percentage: type the amount in pounds.",
    "not_pounds": "The {heading} must be in pounds. This cell shows another currency: type the amount in pounds.",
    "month_first": "The {heading} must be day first, like 31/03/2026. This one has the month first: look at the other dates of "
    "its column too.",
    "not_a_date": "The {heading} must be a real date, like 31/03/2026",
    "not_a_category": 'Choose a cost category from the list on the sheet "Lists"',
    "category_not_on_award": "This award has no budget for this cost category in {year}. Choose one of: {categories}.",
    "not_a_kind": "Choose Resource or Capital",
    "kind_not_on_award": "This award has no such budget for this cost category in {year}. Choose {choices}.",
    "kind_unclear": "This award has more than one budget of this kind for the cost category. Choose {choices}.",
    "not_yes_or_no": "The {heading} must be Yes or No",
    "code_unmatched": "Code{named} has no cost category yet. Lines with it: {count}. Add it to the matching and send the file again.",
    "no_code": "There is no code here, and so no cost category. Lines without one: {count}. Enter the code, or say in the matching "
    "what such lines are for.",
    "marker_unknown": "The mark beside this amount does not say debit or credit. Enter Dr or Cr.",
    "signed_twice": "This amount has a minus and a mark of debit or credit beside it. Take one of them away, or match the file anew.",
    "credit_sign": "This credit has the sign of a debit. Correct it, or match the file anew if its credits are written differently now.",
    "total_wrong": "This row looks like a total of {said}, but the lines that it adds up come to {expected}. Correct the lines, or "
    "delete this row: totals are worked out from the lines.",
    "before_award": "The date must be on or after {start}, when the award begins",
    "after_award": "The date must be on or before {end}, when the award ends",
    "outside_period": "The date must be in {period}. If the cost belongs to it but was or will be paid at another time, "
    "type Yes under Accrual.",
    "duplicate_line": "This line repeats another in this return: same reference, payee, date and amount. Delete one, or give "
    "each its own reference.",
    "claimed_before": "This line was accepted before, in the return for {period}{award}: same reference, payee, date and "
    "amount. Delete it, or give its own reference.",
    "unchanged_lines": "All of these lines were accepted before, in the return for {period}{award}. Replace them with what was spent "
    "in this return's own period.",
    "over_award": "Spend to date would be {to_date} against an award of {budget} for {kind} in {year}: {over} too much. "
    "Reduce the amounts, or ask for a variation.",
    "over_category": "Spend to date on {category} ({kind}) would be {to_date} against a budget of {budget}: {over} too much. "
    "It may be exceeded by {percent}%. Reduce the amounts, or ask for a virement.",
    "below_zero": "Credits for {category} ({kind}) exceed its spend: to date it would come to {to_date}. Check the signs of "
    "the amounts.",
    "forecast_blank": "Enter the forecast for this quarter, or 0",
    "forecast_negative": "The forecast must be 0 or more",
    "forecast_row_missing": "The row for {category} ({kind}) is missing. Download the template again and copy the sheet "
    '"{sheet}" from it.',
    "forecast_row_unknown": "This award has no such budget. Delete this row's forecasts.",
    "forecast_row_repeated": "This cost category is forecast twice. Keep one row.",
    "variance_unexplained": "The forecast outturn is {outturn} against a budget of {budget}: {size} {side} budget. Enter the "
    "reason: it is needed from {percent}%.",
    "in_future": "This date is still to come: a return tells what has been spent. If the cost belongs to {period} and is paid later, "
    "type Yes under Accrual.",
    "category_repeated": "This cost category has a line already. Give one line for each category, of all that was spent on it.",
    "not_yet": "The {heading} is still to come. Enter the day on which it happened, or leave the cell empty.",
    "declaration_blank": "Answer Yes or No",
    "not_a_basis": "The basis of the amounts must be Accruals or Cash",
    "not_a_rag": "The RAG rating must be Green, Amber or Red",
    "milestone_undated": "Enter the forecast date; or the actual date, if this milestone is done",
    "forecast_in_past": "This date has passed. Enter a later forecast date; or the actual date, if this milestone is done.",
    "milestone_unexplained": "Enter a comment: it is needed where a milestone is rated red, or comes later than its baseline",
    "milestone_missing": 'The milestone "{title}" is missing. Give it a row, with the title as it stands here.',
    "milestone_repeated": "This milestone has a row already. Keep one.",
    "asset_cost": "The cost must be more than 0",
    "asset_outside_award": "The date bought must lie within the award: from {start} to {end}",
    "asset_missing": "Capital above {threshold} is registered. Add a row for it on the sheet Assets, with the reference of this line.",
    "disposal_without_value": "Enter the disposal value, or 0 if it brought nothing",
    "disposal_negative": "The disposal value must be 0 or more",
    "disposed_before_bought": "The date disposed of must be on or after the date bought",
    "evidence_missing": "Enter the evidence reference: this award needs one for each line of {least} or more",
    "too_many_rows": "This sheet can have no more than {most} rows",
    "unchanged_copy": "This file has been sent before, for {period}{award}. Download the template for this one and fill it in.",
    **OF_REGISTERS,
    "too_many_problems": "There are more problems than can be listed. Correct these and send the file again.",
}

WARNINGS: Final = {
    "no_lines": "There are no lines. If nothing was spent in {period}, say so; otherwise add the lines.",
    "over_category_within": "Spend to date on {category} ({kind}) would be {to_date} against a budget of {budget}. That is "
    "within the {percent}% that you may move between categories. Say why.",
    "forecast_not_sent": "This file holds no forecast and no declarations: {stands}. Send the template's workbook to change that, or say why it is right.",
    "declarations_not_sent": "This file holds no declarations. Send the template's workbook; or say here whether another grant was "
    "claimed for these costs, recoverable VAT is left out, and records are kept.",
    "declared_no_no_other_grant": "A cost that another government grant met is not paid again. Take such lines out, or say what was "
    "claimed elsewhere.",
    "declared_no_vat_left_out": "VAT that can be recovered is not paid. Take it out of the amounts, or say why it is in them.",
    "declared_no_records_kept": "Records must be kept for as long as the award says. Say what is not kept, and why.",
    "cash_basis": "Amounts are needed on the accruals basis. Change them and choose Accruals, or say why they are on the cash basis.",
    "assets_not_sent": "Capital above {threshold} is registered, and this file has no sheet for assets. Send the template's workbook, "
    "or say where it is registered.",
    "asset_gone": "An asset that an earlier return told of is missing: bought on {bought} for {cost}. Put its row back and say if it was "
    "disposed of, or say why it is gone.",
    "forecast_over_award": "The forecast outturn for {kind} in {year} is {outturn} against an award of {budget}. Spend above "
    "the award will not be paid.",
    "ineligible_word": "The description mentions something that this award may not pay for. Delete the line, or say why it is "
    "eligible.",
    "may_identify": "The text may identify a person: it looks like a name, an email address, a mobile number, a date of "
    "birth, or an NHS, National Insurance or police reference. Replace it with a reference of your own.",
}


def one_of(names: Iterable[str]) -> str:
    """Organisations in a sentence: A; A or B; A, B or C."""
    *rest, last = sorted(names)
    return f"{', '.join(rest)} or {last}" if rest else last


NOTICES: Final = {
    "read_as_csv": "This CSV was read as {encoding}, with {separator} between its columns.",
    "no_award": "No award was named: the checks against an award, its budget and its period were left out.",
    "heading_renamed": 'This heading was taken for "{heading}". If that is wrong, use the template\'s heading.',
    "column_not_read": "This column is none of the template's. It was not read.",
    "total_left_out": "This row adds up other lines, and comes out right. It was left out: totals are worked out from the lines.",
    "total_not_checked": "This row adds up other lines. It was left out, and could not be checked: an amount cannot be read.",
    "headings_repeated": "This row has the headings once more. It was left out.",
    "read_as_extract": "This table was read as an extract of your finance system, as it was matched.",
    "balance_left_out": "This row is a balance that is carried over. It was left out.",
    "titles_left_out": "Rows with neither a date nor an amount were left out. There are {count:,}; this is the first.",
    "code_left_out": "Lines with this code are not claimed, as it was matched. {count:,} were left out: {amount}.",
    "outside_left_out": "Lines with a date outside the period were left out, as it was matched. {count:,}: {amount}.",
    "hidden_rows": "{count:,} lines stand in hidden rows ({rows}). They were read like the others.",
    "filtered_rows": "The list is filtered: {count:,} lines do not show (rows {rows}). They were read like the others.",
    "hidden_columns": "Hidden columns ({columns}) were read like the others.",
    "hidden_sheet": "This sheet is hidden. It was read like the others.",
}


def notice(code: str, sheet: str, cell: str, value: str = "", **facts: object) -> Notice:
    """A notice in words."""
    return Notice(code, sheet, cell, NOTICES[code].format(**facts), value[:200])


def refuse(code: str, sheet: str = "", cell: str = "", value: str = "", **facts: object) -> NotAReturn:
    """The exception that ends the reading of a file. `limit` in bytes is also told in megabytes."""
    limit = facts.get("limit")
    if isinstance(limit, int):
        facts["limit_mb"] = limit // 1_000_000
    message = REFUSALS[code].format(sheet=sheet, **facts)
    return NotAReturn(Refused(code=code, message=message, sheet=sheet, cell=cell, value=value[:200]))


def problem(code: str, sheet: str, cell: str, value: str = "", **facts: object) -> Problem:
    """A problem in words, an error or a warning as its code says."""
    severity = Severity.ERROR if code in ERRORS else Severity.WARNING
    sentence = ERRORS[code] if code in ERRORS else WARNINGS[code]
    message = sentence.format(sheet=sheet, **facts)
    return Problem(code=code, severity=severity, sheet=sheet, cell=cell, message=message, value=value[:200])
