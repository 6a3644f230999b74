"""The catalogue of oversight reports: every module in this folder is one report, named REPORT."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from grants.domain.schedules import Offer
from reports.report import Report


@cache
def all_reports() -> tuple[Report, ...]:
    """Every report, in order of name."""
    found = (import_module(f"{__name__}.{module.name}").REPORT for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(found, key=lambda report: report.name))


def by_name() -> Mapping[str, Report]:
    """Every report, by name."""
    return {report.name: report for report in all_reports()}


def offers() -> Mapping[str, Offer]:
    """What can be asked for, by name."""
    return {report.name: report.offer for report in all_reports()}
