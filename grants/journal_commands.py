"""Commands about the journal: its key, its signed head, and what an auditor takes away to prove it elsewhere."""

import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from grants.actions.checkpoints import checkpoint as signed_head
from grants.actions.extracts import all_leaves, consistency, extract
from grants.actions.people import OPERATOR
from grants.domain.checkpoints import Signer
from grants.installation import with_gate
from grants.settings import Settings
from grants.store.transaction import Gate
from grants.upkeep import signer

journal = typer.Typer(no_args_is_help=True, help="The journal, as auditors take it away.")

Output = Annotated[Path, typer.Option(help="Where to write it.")]


def checkpoint(output: Output) -> None:
    """Write the journal's signed head, to be kept outside the service's reach."""
    settings = Settings()

    async def work(gate: Gate) -> str:
        async with gate.reading(OPERATOR) as view:
            return (await signed_head(view, signer(settings))).note

    output.write_bytes(with_gate(settings, work).encode())
    print(f"Wrote {output}. The key: {signer(settings).verifier.text()}", file=sys.stderr)


def key() -> None:
    """Print a new key for TALLYSTICK_SECRET_KEY: services that share a database sign with the same one."""
    print(Signer.new().text())


@journal.command("extract")
def journal_extract(
    output: Output,
    entry: Annotated[int | None, typer.Option(min=1, help="The record that posted this entry.")] = None,
    record: Annotated[int | None, typer.Option(min=1, help="This record.")] = None,
    subject: Annotated[str | None, typer.Option(help="The records about this.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every leaf, one a line; no words.")] = False,
) -> None:
    """Write records with their proofs, or every leaf: tallystick_verify.py proves them away from here."""
    if everything and (entry, record, subject) != (None, None, None):
        raise typer.BadParameter("Use --all alone.")
    settings = Settings()

    async def work(gate: Gate) -> None:
        if everything:
            await _write(output, await all_leaves(gate, OPERATOR, signer(settings)))
            return
        async with gate.reading(OPERATOR) as view:
            found = await extract(view, signer(settings), entry=entry, record=record, subject=subject)
        output.write_bytes(msgspec.json.encode(found))

    with_gate(settings, work)
    print(f"Wrote {output}. The key: {signer(settings).verifier.text()}", file=sys.stderr)


@journal.command("consistency")
def journal_consistency(
    earlier: Annotated[int, typer.Option("--from", min=1, help="The size of a checkpoint.")],
    output: Output,
    later: Annotated[int | None, typer.Option("--to", min=1, help="A later one's; left out: now's.")] = None,
) -> None:
    """Write the proof that the journal has only grown from one checkpoint to another."""

    async def work(gate: Gate) -> bytes:
        async with gate.reading(OPERATOR) as view:
            return msgspec.json.encode(await consistency(view, earlier, later))

    output.write_bytes(with_gate(Settings(), work))
    print(f"Wrote {output}.", file=sys.stderr)


async def _write(output: Path, lines: AsyncIterator[bytes]) -> None:
    """All of it or nothing."""
    unfinished = output.with_name(f".{output.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("wb") as file:
            async for line in lines:
                file.write(line)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
