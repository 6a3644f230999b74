"""Whether the service is well, for administrators: counts and times, and nothing of what is in the record."""

from grants.actions.people import SCHEDULER
from grants.domain.access import Actor, Deed, require
from grants.store import service_state as stored
from grants.store.service_state import ServiceState
from grants.store.transaction import Gate


async def service_state(gate: Gate, actor: Actor) -> ServiceState:
    """How it is now. Raises NotAllowed. It is counted as the scheduler, who does the work: administrators see no money."""
    require(actor, Deed.SEE_PEOPLE)
    async with gate.reading(SCHEDULER) as view:
        return await stored.service_state(view.db, view.now)
