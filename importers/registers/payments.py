"""The rows of a payment file to payments, as the finance system has them."""

from collections.abc import Iterator
from typing import Any

from grants.domain.registers import PaymentEntry
from grants.domain.returns import Problem
from importers.amounts import read_money
from importers.checks.places import unreadable
from importers.columns import BLANK, Fault, Read
from importers.messages import problem
from importers.plain_table import PlainTable
from importers.registers import meanings


def read_payments(table: PlainTable) -> tuple[list[PaymentEntry], list[Problem]]:
    """Every payment whose row has no fault, and the faults of the others."""
    reads: dict[str, Read[Any]] = {
        "reference": table.texts("reference"),
        "paid_on": table.read("paid_on", table.day, Fault(BLANK)),
        "amount": table.read("amount", read_money, Fault(BLANK)),
        "transaction": table.texts("transaction"),
        "instalment": table.read("instalment", meanings.read_number, None),
        "claim": table.read("claim", meanings.read_claim, None),
    }
    problems = list(unreadable(table.sheet, table.rows, reads.values()))
    faulty = {at for read in reads.values() for positions in read.faults.values() for at in positions}
    entries = [_entry(table, at, reads) for at in range(len(table.rows)) if at not in faulty]
    return entries, [*problems, *_repeated(entries, table)]


def _entry(table: PlainTable, at: int, reads: dict[str, Read[Any]]) -> PaymentEntry:
    told: dict[str, Any] = {key: reads[key].values[at] for key in ("reference", "paid_on", "instalment", "claim")}
    row = table.rows[at]
    return PaymentEntry(
        sheet=table.sheet,
        row=row,
        cell=f"{table.letter('amount')}{row}",
        pence=reads["amount"].values[at] or 0,
        transaction=reads["transaction"].values[at] or "",
        **told,
    )


def _repeated(entries: list[PaymentEntry], table: PlainTable) -> Iterator[Problem]:
    """The same payment twice; and one number of the finance system's for two."""
    same: dict[tuple[object, ...], int] = {}
    numbers: dict[str, int] = {}
    for one in entries:
        named = (" ".join(one.reference.upper().split()), one.instalment, one.claim)
        key = (*named, one.paid_on, one.pence, one.transaction)
        if key in same:
            yield problem("payment_repeated", one.sheet, one.cell, row=same[key])
        elif one.transaction and one.transaction in numbers:
            at = f"{table.letter('transaction')}{one.row}"
            yield problem("transaction_repeated", one.sheet, at, one.transaction, row=numbers[one.transaction])
        same.setdefault(key, one.row)
        numbers.setdefault(one.transaction, one.row)
