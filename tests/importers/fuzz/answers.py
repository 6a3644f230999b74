"""A made-up return, sent and answered: what was found, in the terms of what was expected."""

import hashlib
from collections import Counter

from msgspec import structs

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.returns import Problem
from importers.answer import CheckAnswer, CheckRequest
from importers.checking import check
from tests.importers.fuzz.model import Expected, Sent
from tests.importers.fuzz.writing import written

Found = tuple[str, str, str]
"""Code, sheet, and a cell; or a whole range, where it is a range that was expected."""


def answered(sent: Sent) -> tuple[bytes, CheckAnswer]:
    """The file, and the answer to it: read in this process."""
    data = written(sent)
    context = sent.context
    if sent.sent_before:
        other = EarlierReturn(context.award, context.period[:7], (hashlib.sha256(data).hexdigest(),))
        context = structs.replace(context, earlier=(*context.earlier, other))
    against = context if sent.against_award else None
    return data, check(CheckRequest(data, f"return.{sent.form}", against), sent.limits)


def wanted_of(expected: list[Expected]) -> Counter[Found]:
    return Counter((one.code, *one.where()) for one in expected)


def found_of(problems: tuple[Problem, ...], wanted: Counter[Found]) -> Counter[Found]:
    """Problems by cell: a range counts as its cells, unless it was expected as a range."""
    found: Counter[Found] = Counter()
    for one in problems:
        whole = (one.code, one.sheet, one.cell)
        found.update([whole] if whole in wanted else [(one.code, one.sheet, cell) for cell in cells_of(one.cell)])
    return found


def cells_of(cell: str) -> list[str]:
    """The cells of a range in one column; of anything else itself."""
    first, _, last = cell.partition(":")
    letters = first.rstrip("0123456789")
    if not last or last.rstrip("0123456789") != letters:
        return [cell]
    return [f"{letters}{row}" for row in range(int(first[len(letters) :]), int(last[len(letters) :]) + 1)]


def wrong_values(problems: tuple[Problem, ...], expected: list[Expected]) -> list[tuple[str, str, set[str]]]:
    """Problems that show another value than was typed: a range shows one only where all its cells hold it."""
    typed = {(one.code, *one.where()): one.value for one in expected}
    wrong = []
    for one in problems:
        whole = typed.get((one.code, one.sheet, one.cell))
        values = (
            {whole} if whole is not None else {typed.get((one.code, one.sheet, cell)) for cell in cells_of(one.cell)}
        )
        if None not in values and one.value != (values.pop() if len(values) == 1 else ""):
            wrong.append((one.code, one.place, {str(value) for value in values} | {one.value}))
    return wrong
