"""The doors to proof: the journal's signed head, and what an auditor takes away to prove it elsewhere."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from grants.actions.checkpoints import Checkpoint, checkpoint
from grants.actions.extracts import Consistency, Extract, all_leaves, consistency, extract
from grants.domain.access import Deed
from grants.domain.checkpoints import Signer
from grants.store.transaction import Gate
from grants.web.asking import Asked

NUMBER_MAX = 2**63 - 1
Number = Annotated[int | None, QueryParameter(ge=1, le=NUMBER_MAX, required=False)]


@get("/journal/checkpoint", opt={"deed": Deed.SEE_JOURNAL}, summary="The journal's signed head")
async def journal_checkpoint(
    request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]
) -> Checkpoint:
    """How many records the journal has, the root of their tree, and both signed: whoever keeps it can prove any change."""
    async with gate.reading(request.user) as view:
        return await checkpoint(view, signer)


@get("/journal/extract", opt={"deed": Deed.SEE_JOURNAL}, summary="Records of the journal with their proofs")
async def journal_extract(
    request: Asked,
    gate: NamedDependency[Gate],
    signer: NamedDependency[Signer],
    entry: Number = None,
    record: Number = None,
    subject: Annotated[str | None, QueryParameter(max_length=200, required=False)] = None,
) -> Extract:
    """The record that posted an entry, a record by its number, or those about a subject: name one of the three.

    Whoever has the file, the journal's public key and the single-file verifier (`/verifier`) needs the service no more.
    """
    async with gate.reading(request.user) as view:
        return await extract(view, signer, entry=entry, record=record, subject=subject)


@get(
    "/journal/leaves",
    opt={"deed": Deed.SEE_JOURNAL},
    media_type="application/x-ndjson",
    summary="Every leaf of the journal, one a line",
)
async def journal_leaves(request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]) -> Stream:
    """A signed checkpoint, then every leaf that it signs. They name nobody: words are commitments."""
    lines = await all_leaves(gate, request.user, signer)
    disposition = {"Content-Disposition": 'attachment; filename="journal-leaves.ndjson"', "Cache-Control": "no-store"}
    return Stream(lines, headers=disposition)


@get("/journal/consistency", opt={"deed": Deed.SEE_JOURNAL}, summary="That the journal only grew")
async def journal_consistency(
    request: Asked,
    gate: NamedDependency[Gate],
    earlier: Annotated[int, QueryParameter(name="from", ge=1, le=NUMBER_MAX, description="The size of a checkpoint.")],
    later: Annotated[
        int | None,
        QueryParameter(name="to", ge=1, le=NUMBER_MAX, required=False, description="A later one's; left out: now's."),
    ] = None,
) -> Consistency:
    """The proof that a later checkpoint's journal begins with an earlier one's (RFC 9162, section 2.1.4)."""
    async with gate.reading(request.user) as view:
        return await consistency(view, earlier, later)


ROUTES = [journal_checkpoint, journal_extract, journal_leaves, journal_consistency]
"""They need the dependency `signer` beside `gate`."""
