"""The annotated copy over HTTP: whose it is, which upload it is of, and what is answered where there is none."""

import hashlib
from base64 import b64decode
from uuid import uuid4

from grants.actions.submissions import Upload, begin
from grants.store.people import actor_by_email
from importers.annotate import annotate, annotated_name
from importers.background import Desk
from importers.sandbox import Reader
from tests.database import looking
from tests.importers.annotated import FIRST_LISTED, listed, marked, opened
from tests.importers.hostile.damaged import truncated
from tests.importers.making import Typed, as_csv, checked
from tests.importers.test_doors import OURS, workbook
from tests.service import Service

BAD = workbook(Typed(net="lots"), Typed(reference="=1+1", day="soon"))


async def test_the_copy_of_an_upload_marks_its_problems_and_each_version_keeps_its_own(due: Service) -> None:
    found = (await due.upload(BAD)).json()["id"]
    await due.upload(workbook(Typed(net="more")))
    path = f"/returns/{found}/annotated"
    first, newest = await due.ask("officer", "GET", f"{path}?version=1"), await due.ask("lead", "GET", path)
    assert first.content == annotate(BAD, checked(BAD, OURS).problems)
    assert set(marked(opened(first.content)["Spend"])) == {"G6", "E7"}
    assert [row[3] for row in listed(opened(newest.content))] == ["more"]
    assert 'filename="return-problems.xlsx"' in first.headers["content-disposition"]
    assert first.headers["content-type"].startswith("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    digest = first.headers["repr-digest"].removeprefix("sha-256=:").removesuffix(":")
    assert b64decode(digest) == hashlib.sha256(first.content).digest()
    assert (await due.ask("officer", "GET", f"{path}?version=1")).content == first.content


async def test_the_copy_says_how_the_file_was_read_below_the_problems(due: Service) -> None:
    lines = [Typed(net="lots"), None, Typed(reference="INV-2")]
    csv = as_csv(lines, delimiter=";", before=[["=cmd|'/C calc'!A0"]])
    told = (await due.upload(csv)).json()
    assert [one["code"] for one in told["notices"]] == ["read_as_csv"]
    copy = (await due.ask("officer", "GET", f"/returns/{told['id']}/annotated")).content
    book = opened(copy)
    listing = [row[0].value for row in book["Problems"] if row[0].value is not None]
    below = listing.index("How the file was read (nothing to answer)")
    assert listing[below + 1 :] == [f"The sheet CSV: {told['notices'][0]['message']}"]
    [table] = book["Problems"].tables.values()
    last = FIRST_LISTED - 1 + len(told["problems"])
    assert table.ref == f"A{FIRST_LISTED - 1}:E{last}"
    assert [book["Problems"].cell(row, 1).value for row in (last + 1, last + 2)] == [None, listing[below]]
    again = annotate(csv, checked(csv, OURS).problems, notices=checked(csv, OURS).notices)
    assert copy == again


async def test_a_version_without_problems_says_so(due: Service) -> None:
    found = (await due.upload(workbook())).json()["id"]
    book = opened((await due.ask("certifier", "GET", f"/returns/{found}/annotated")).content)
    assert book["Problems"]["A2"].value == "There are no problems in this workbook."


async def test_no_copy_where_there_is_no_upload_or_it_is_somebody_elses(due: Service) -> None:
    (found,) = (await due.get("officer", "/returns"))["items"]
    path = f"/returns/{found['id']}/annotated"
    await due.get("officer", path, 404)
    await due.upload(BAD)
    await due.get("officer", f"{path}?version=2", 404)
    await due.get("officer", f"{path}?version=0", 400)
    await due.get("foreign_officer", path, 404)
    await due.get("wider_lead", path, 404)
    await due.get("officer", f"/returns/{uuid4()}/annotated", 404)
    await due.get(None, path, 401)


async def test_an_upload_that_is_still_being_checked_has_no_copy_yet_and_a_damaged_one_never(due: Service) -> None:
    async with looking(due.gate) as db:
        officer = await actor_by_email(db, "officer@example.org")
    assert officer is not None
    async with due.gate.deed(officer) as tx:
        view = await begin(tx, "LI-OLDHAM-01", "2025-26-Q2", Upload("return.xlsx", truncated()))
    path = f"/returns/{view.id}/annotated"
    assert (await due.get("officer", path, 409))["code"] == "return_state"
    due.clock.forward(hours=1)
    async with Reader() as reader:
        await Desk(due.gate, reader, 0).resume()
    answer = await due.get("officer", path, 422)
    assert (answer["code"], answer["problems"][0]["severity"]) == ("damaged", "error")


def test_the_copy_is_named_after_the_file() -> None:
    names = ["return.xlsx", "Q2.final.ods", "return", ".xlsx", ""]
    assert [annotated_name(name) for name in names] == [
        "return-problems.xlsx", "Q2.final-problems.xlsx", "return-problems.xlsx", ".xlsx-problems.xlsx", "-problems.xlsx",
    ]  # fmt: skip
