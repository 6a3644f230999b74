"""Which items a run's sample holds: drawn again from the run's own place and seed, and remembered, since they stay the same."""

from collections import OrderedDict
from typing import Final
from uuid import UUID

from grants.actions.people import SCHEDULER
from grants.domain.errors import Conflict
from grants.store.reports import RunRow
from grants.store.transaction import Gate
from reports.populations import drawn

_REMEMBERED_MAX: Final = 20
_remembered: Final[OrderedDict[UUID, frozenset[str]]] = OrderedDict()


async def items_of(gate: Gate, run: RunRow) -> frozenset[str]:
    """The identifiers of a finished run's items. Ask first whether who wants them may see the run.

    Raises Conflict where the run has no place in the record yet.
    """
    if run.at is None:
        raise Conflict("not_done", "This run is not done yet: it has no sample to test.")
    if run.id not in _remembered:
        async with gate.reading(SCHEDULER) as view:
            found = await drawn(view.db, run.at, run.filters)
        _remembered[run.id] = frozenset(pick.item.key for pick in found.picks)
        while len(_remembered) > _REMEMBERED_MAX:
            _remembered.popitem(last=False)
    _remembered.move_to_end(run.id)
    return _remembered[run.id]
