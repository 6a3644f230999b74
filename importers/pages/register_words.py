"""The words of loaded registers and payment files, and how their tables look."""

from dataclasses import replace
from typing import Final

from grants.domain.registers import Outcome, RegisterKind
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag

KINDS: Final[dict[str, Tag]] = {
    RegisterKind.AWARDS.value: Tag("Register of awards"),
    RegisterKind.PAYMENTS.value: Tag("Payment file", "purple"),
}
STATES: Final[dict[str, Tag]] = {"has_problems": Tag("Has problems", "red"), "taken": Tag("Taken", "green")}
OUTCOMES: Final[dict[str, Tag]] = {
    Outcome.PROPOSED.value: Tag("Proposed", "turquoise"),
    Outcome.WAITING.value: Tag("Waiting already", "yellow"),
    Outcome.UNCHANGED.value: Tag("Nothing to do", "grey"),
    Outcome.DECLINED.value: Tag("Declined before", "grey"),
    Outcome.NEAR_MISS.value: Tag("Nearly a match", "orange"),
    Outcome.UNKNOWN.value: Tag("No match", "red"),
}
MEANINGS: Final[dict[str, str]] = {
    Outcome.PROPOSED.value: "A decision was proposed; a second person approves it or declines it.",
    Outcome.WAITING.value: "An earlier file proposed the same, and it still waits.",
    Outcome.UNCHANGED.value: "It is on the record already. The same file twice does nothing.",
    Outcome.DECLINED.value: "The same was declined. Propose it by hand if it is to be after all.",
    Outcome.NEAR_MISS.value: "Something is nearly the same: look at it, and correct the file or propose it by hand. Nothing was guessed.",
    Outcome.UNKNOWN.value: "Nothing is like it. Check its reference and its amount.",
}
_DECISIONS: Final = {
    "proposed": Tag("Waits", "yellow"),
    "approved": Tag("Approved", "green"),
    "declined": Tag("Declined", "grey"),
}
LOADS: Final = TableSpec(
    "register-loads",
    "Loaded files",
    (
        Column("filename", "File", filter="text", href=lambda row: f"/register-loads/{row.id}"),
        Column("kind", "Kind", Kind.TAG, tags=KINDS, filter=Choices.of(KINDS)),
        Column("state", "State", Kind.TAG, tags=STATES, filter=Choices.of(STATES)),
        Column("problems", "Problems", Kind.NUMBER),
        Column("rows", "Rows", Kind.NUMBER),
        Column("unmatched", "Without a match", Kind.NUMBER),
        Column("waiting", "Still to decide", Kind.NUMBER),
        Column("loaded_by", "Loaded by", filter="text"),
        Column("loaded_at", "Loaded", Kind.MOMENT),
        Column("number", "Number", Kind.NUMBER, on_page=False),
    ),
    sort="-number",
    empty="No file has been loaded yet. A programme lead loads a register of awards, or a payment file of the finance system.",
)
PAYMENT_ROWS: Final = TableSpec(
    "rows",
    "What became of each row",
    (
        Column("number", "Number", Kind.NUMBER, on_page=False),
        Column("cell", "Where", words=lambda row: f"{row.sheet} {row.cell}", sortable=False),
        Column("reference", "Reference", filter="text"),
        Column("pence", "Amount", Kind.PENCE),
        Column("paid_on", "Paid", Kind.DAY, empty="None"),
        Column("transaction", "Transaction", filter="text", on_page=False),
        Column("outcome", "What became of it", Kind.TAG, tags=OUTCOMES, filter=Choices.of(OUTCOMES)),
        Column("message", "Why", filter="text", sortable=False),
        Column("award", "Award", on_page=False, empty="None"),
        Column(
            "decision",
            "Decision",
            Kind.NUMBER,
            href=lambda row: f"/decisions/{row.decision_id}" if row.decision_id else None,
            empty="None",
        ),
        Column("decision_state", "Decided", Kind.TAG, tags=_DECISIONS, filter=Choices.of(_DECISIONS), empty="None"),
    ),
    sort="number",
    empty="No row came to anything: the file has problems, and nothing was done.",
)
AWARD_ROWS: Final = replace(
    PAYMENT_ROWS,
    columns=tuple(one for one in PAYMENT_ROWS.columns if one.key not in ("paid_on", "transaction")),
)
PROBLEMS: Final = TableSpec(
    "problems",
    "Problems in the file",
    (
        Column("cell", "Where", words=lambda row: f"{row['sheet']} {row['cell']}".strip(), sortable=False),
        Column("value", "What stands there", sortable=False, empty="Nothing"),
        Column("message", "What to do", filter="text", sortable=False),
        Column("sheet", "Sheet", on_page=False),
        Column("number", "Number", Kind.NUMBER, on_page=False),
    ),
    sort="number",
    empty="There are no problems.",
    prefixed=True,
)
