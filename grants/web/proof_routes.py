"""The door to the journal's signed head."""

from litestar import get
from litestar.di import NamedDependency

from grants.actions.checkpoints import Checkpoint, checkpoint
from grants.domain.access import Deed
from grants.domain.checkpoints import Signer
from grants.store.transaction import Gate
from grants.web.asking import Asked


@get("/journal/checkpoint", opt={"deed": Deed.SEE_JOURNAL}, summary="The journal's signed head")
async def journal_checkpoint(
    request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]
) -> Checkpoint:
    """How many records the journal has, the root of their tree, and both signed: whoever keeps it can prove any change."""
    async with gate.reading(request.user) as view:
        return await checkpoint(view, signer)


ROUTES = [journal_checkpoint]
"""They need the dependency `signer` beside `gate`."""
