"""The catalogue of oversight reports: every module in this folder is one report, named REPORT."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from grants.domain.schedules import Offer
from reports.report import Report


@cache
def all_reports() -> Mapping[str, Report]:
    """Every report by name, in order of name."""
    found = (import_module(f"{__name__}.{module.name}").REPORT for module in pkgutil.iter_modules(__path__))
    return {report.name: report for report in sorted(found, key=lambda report: report.name)}


def offers() -> Mapping[str, Offer]:
    """What can be asked for, by name."""
    return {name: report.offer for name, report in all_reports().items()}
