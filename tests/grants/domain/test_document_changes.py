"""Milestones, assets and declarations of two versions: whatever differs is told once, and nothing else."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from grants.domain.document_changes import changed_documents
from grants.domain.plan import Rag
from grants.domain.return_documents import Asset, Declaration, Documents, MilestoneReport

DAY = date(2025, 9, 15)
HEARINGS = MilestoneReport("Hearings begin", DAY, DAY, None, Rag.GREEN, "", "C6")
VAN = Asset("CAP-1", "A van", DAY, 1_200_000, "Depot", "VIN 1", None, None, "D6")
SAID = Declaration("vat", "VAT that can be recovered is left out", True, "B15")
NAMES = st.sampled_from(["A", "B", "a ", "C"])
MILESTONES = st.builds(
    MilestoneReport,
    NAMES,
    st.none(),
    st.sampled_from([None, DAY]),
    st.none(),
    st.sampled_from(Rag),
    st.sampled_from(["", "late"]),
    st.sampled_from(["C6", "C7"]),
)
ASSETS = st.builds(
    Asset, NAMES, NAMES, st.just(DAY), st.integers(1, 3), NAMES, st.sampled_from(["", "1"]), st.none(), st.none(),
    st.sampled_from(["D6", "D7"]),
)  # fmt: skip
DOCUMENTS = st.builds(
    Documents,
    milestones=st.lists(MILESTONES, max_size=4).map(tuple),
    assets=st.lists(ASSETS, max_size=4).map(tuple),
)


def test_what_was_added_removed_or_told_differently() -> None:
    late = structs.replace(HEARINGS, forecast=date(2025, 11, 30), rag=Rag.RED, comment="A witness is ill", cell="C9")
    laptop = structs.replace(VAN, reference="CAP-2", description="A laptop", serial="")
    before = Documents("Accruals", (HEARINGS,), (VAN,), (SAID,))
    after = Documents("Accruals", (late,), (laptop,), (structs.replace(SAID, answer=False),))
    told = changed_documents(before, after)
    assert [(one.fields, one.before, one.after) for one in told.milestones] == [
        (["forecast", "rag", "comment"], HEARINGS, late)
    ]
    assert [(one.fields, one.before, one.after) for one in told.assets] == [([], None, laptop), ([], VAN, None)]
    assert [one.fields for one in told.declarations] == [["answer"]]


def test_two_assets_of_one_line_are_told_apart_by_their_serial_numbers() -> None:
    second = structs.replace(VAN, serial="VIN 2")
    sold = structs.replace(second, disposed_on=DAY, disposal_pence=0)
    told = changed_documents(Documents(assets=(VAN, second)), Documents(assets=(sold, VAN)))
    assert [(one.fields, one.before) for one in told.assets] == [(["disposed_on", "disposal_pence"], second)]


@given(DOCUMENTS, st.sampled_from(["X9", "X10"]))
def test_where_it_was_typed_does_not_count(documents: Documents, cell: str) -> None:
    moved = structs.replace(
        documents, milestones=tuple(structs.replace(one, cell=cell) for one in documents.milestones)
    )
    told = changed_documents(documents, moved)
    assert not any((told.milestones, told.assets, told.declarations))


@given(DOCUMENTS, DOCUMENTS)
def test_nothing_is_lost_or_told_of_twice(before: Documents, after: Documents) -> None:
    told = changed_documents(before, after)
    for name in ("milestones", "assets"):
        changes, was, now = getattr(told, name), getattr(before, name), getattr(after, name)
        alike = len(now) - sum(one.after is not None for one in changes)
        assert alike == len(was) - sum(one.before is not None for one in changes)
        assert all(one.before is not None or one.after is not None for one in changes)
        assert all(bool(one.fields) is (one.before is not None and one.after is not None) for one in changes)
