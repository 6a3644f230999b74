"""All doors of the auditor's pages: those that take forms, and those that take files."""

from typing import Any, Final

from reports.pages import (
    cell_routes,
    figure_routes,
    journal_routes,
    report_routes,
    sample_routes,
    schedule_form_routes,
    schedule_routes,
    verify_routes,
)

ROUTES: Final[list[Any]] = [
    *figure_routes.ROUTES,
    *cell_routes.ROUTES,
    *report_routes.ROUTES,
    *schedule_form_routes.ROUTES,
    *schedule_routes.ROUTES,
    *journal_routes.ROUTES,
    *sample_routes.ROUTES,
]
FILE_ROUTES: Final[list[Any]] = [*verify_routes.FILE_ROUTES]
