"""Cron lines: five fields, minute first, read as wall-clock times without a time zone.

Source of the language: crontab(5) of Debian's cron, with L and # for the last and the Nth weekday of a month.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from cronsim import CronSim, CronSimError

from grants.domain.errors import Invalid

_FIELDS: Final = 5
_WRONG: Final = (
    "A cron line has five fields: minute, hour, day of the month, month, day of the week, like 30 8 * * MON-FRI. "
    "Check its {field}."
)


def cron_times(line: str, first: date) -> Iterator[datetime]:
    """The times that a line names, from the beginning of a day on, in order; it ends where none comes for 50 years.

    Raises Invalid for what is no cron line, or names a day that no month has.
    """
    return iter(_read(line, first))


def check_cron(line: str) -> None:
    """Raises Invalid for what is no cron line, or names more than one minute: more often than hourly is too often."""
    if len(_read(line, date(2000, 1, 1)).minutes) != 1:
        raise Invalid("cron", "A report is made once an hour at the most: let the cron line name one minute, like 30.")


def _read(line: str, first: date) -> CronSim:
    if len(line.split()) != _FIELDS:
        raise Invalid("cron", _WRONG.format(field="number of fields"))
    try:
        return CronSim(line, datetime.combine(first, time()) - timedelta(seconds=1))
    except CronSimError as error:
        raise Invalid("cron", _WRONG.format(field=str(error).removeprefix("Bad "))) from error
