"""The wing of the finance officer: a spreadsheet becomes checked lines, or problems with a cell each."""
