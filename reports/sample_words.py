"""How a sample was drawn, in words and numbers that another person can follow with another tool."""

from collections.abc import Iterator, Sequence
from typing import Final

from grants.domain.money import show
from grants.domain.samples import Population, SampleMethod
from reports.book import Column, Kind, Row
from reports.populations import Drawn

HOW: Final = (
    Column(key="what", heading="What", width=32),
    Column(key="items", heading="Items", kind=Kind.WHOLE),
    Column(key="amount", heading="Amount", kind=Kind.PENCE),
    Column(key="share", heading="Share", kind=Kind.PERCENT),
    Column(key="words", heading="In words", width=60),
)
_METHODS: Final = {
    SampleMethod.RANDOM: "Random, without replacement: each item has the same chance, and none is drawn twice.",
    SampleMethod.MONETARY: "Monetary-unit, with a fixed interval and a random start: each penny has the same chance, so an item's chance grows "
    "with its amount. An item of an interval or more is certain to be drawn, and may be hit more than once.",
    SampleMethod.TOP: "Top-N: the largest amounts. Chance has no part in it, so it says nothing of the items that were left out.",
}
_POPULATIONS: Final = {
    Population.LINES: "Lines of accepted spend returns: net plus the VAT that cannot be recovered.",
    Population.PAYMENTS: "Payments to recipients that were not undone.",
    Population.AWARDS: "Awards, each with what was awarded; where the report is narrowed to a period, in the financial year of that period.",
}
_ORDERS: Final = {
    Population.LINES: "by the two numbers of their identifier, line:(version):(row)",
    Population.PAYMENTS: "by the number of their identifier, entry:(entry)",
    Population.AWARDS: "by their identifier, award:(reference)",
}


def how_rows(found: Drawn) -> Iterator[Row]:
    """The rows of the sheet."""
    sample, tally = found.sample, found.draw.tally
    drawn, debits = len(found.picks), [pick.item.pence for pick in found.picks if pick.item.pence > 0]
    pence = sum(pick.item.pence for pick in found.picks)
    yield "Method", None, None, None, _METHODS[sample.method]
    yield "Seed", None, None, None, str(sample.seed)
    yield "Population", tally.items, tally.pence, None, _POPULATIONS[sample.population]
    yield "Amounts above zero", tally.debits, tally.debit_pence, None, "Of the population."
    yield "Credits", tally.credits, tally.credit_pence, None, f"Amounts below zero. {_left_out(sample.method)}"
    yield "Zero amounts", tally.zeros, 0, None, _left_out(sample.method)
    yield "Asked for", sample.size, None, None, _asked_for(found)
    yield "Sample", drawn, pence, None, "On the sheet Sample."
    yield "Coverage by number", None, None, _share(drawn, tally.items), "Items of the sample, of all in the population."
    words = "Amounts above zero of the sample, of all such in the population."
    yield "Coverage by amount", None, None, _share(sum(debits), tally.debit_pence), words
    for number, step in enumerate(_steps(found), start=1):
        yield f"Step {number}", None, None, None, step


def _left_out(method: SampleMethod) -> str:
    if method is SampleMethod.MONETARY:
        return "They have no penny that could be hit: test them apart."
    return "They are drawn like other items." if method is SampleMethod.RANDOM else "They come last."


def _asked_for(found: Drawn) -> str:
    if found.sample.method is SampleMethod.MONETARY:
        return "Hits. There are fewer items than hits where an item was hit more than once."
    return "Items. The whole population is the sample where it has no more."


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _steps(found: Drawn) -> Sequence[str]:
    sample, tally, draw = found.sample, found.draw.tally, found.draw
    order = _ORDERS[sample.population]
    if sample.method is SampleMethod.TOP:
        return (
            f"Sort the items by amount, the largest first; those of the same amount {order}.",
            f"The first {sample.size:,} are the sample.",
        )
    if sample.method is SampleMethod.RANDOM:
        return (
            f"For each item write the seed, a colon and the identifier, like {sample.seed}:{_like(found)}, as UTF-8.",
            "Take the SHA-256 of that text, in hexadecimal (the sheet Sample shows it under Drawn by).",
            f"Sort the items by it. The first {sample.size:,} are the sample.",
        )
    total = tally.debit_pence
    return (
        f"Put the items with amounts above zero in order, {order}, and number all their pence from 0: there are {total:,}.",
        f"The interval is that total over {sample.size:,}: {show(total // sample.size)}, and {total % sample.size:,} pence over among "
        f"{sample.size:,} intervals.",
        f"Take the SHA-256 of {sample.seed}:start, as UTF-8, for a whole number. What is left of it after division by the total "
        f"is the offset: {draw.offset:,}.",
        f"Hit k, for k from 0 to {sample.size - 1:,}, falls on the penny (k × {total:,} + {draw.offset:,}) ÷ {sample.size:,}, rounded down.",
        "The items whose pence are hit are the sample.",
    )


def _like(found: Drawn) -> str:
    return found.picks[0].item.key if found.picks else "line:5:17"
