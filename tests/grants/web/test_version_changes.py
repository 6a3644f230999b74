"""What changed between versions over HTTP: lines, totals, forecasts and problems, to those who may see the return."""

from typing import Any

from tests.importers.making import Typed, filled
from tests.importers.test_doors import OURS, workbook
from tests.service import Service

A, B, C = Typed(net=100), Typed(reference="INV-2", net=50), Typed(reference="INV-3", category="Training", net=7)
D = Typed(reference="INV-4", net=9)


async def _two(service: Service, first: bytes, second: bytes) -> str:
    await service.upload(first)
    return str((await service.upload(second)).json()["id"])


async def _changes(service: Service, found: str, who: str = "officer", **params: Any) -> Any:
    return await service.get(
        who,
        f"/returns/{found}/changes",
        params={"from" if name == "earlier" else name: value for name, value in params.items()},
    )


def _told(view: Any) -> list[tuple[str, list[str], str]]:
    return [(one["change"], one["fields"], (one["after"] or one["before"])["reference"]) for one in view["lines"]]


async def test_lines_are_added_removed_and_changed_in_the_order_of_the_later_file(due: Service) -> None:
    changed = C.but(net=8, description="Investigators, August")
    found = await _two(due, workbook(A, B, C), workbook(changed, A, Typed(reference="NEW", net=1)))
    view = await _changes(due, found)
    for who in ("certifier", "lead"):
        assert await _changes(due, found, who) == view
    assert _told(view) == [
        ("changed", ["description", "net_pence"], "INV-3"),
        ("removed", [], "INV-2"),
        ("added", [], "NEW"),
    ]
    assert view["counts"] == {"added": 1, "removed": 1, "changed": 1, "same": 1}
    assert [one["matched_by"] for one in view["lines"]] == ["reference", "", ""]
    assert (view["lines"][0]["before"]["cell"], view["lines"][0]["after"]["cell"]) == ("G8", "G6")
    assert view["totals"] == [
        {"category": "staff_pay", "budget_kind": "rdel_programme", "before_pence": 15_000, "after_pence": 10_100},
        {"category": "training", "budget_kind": "rdel_programme", "before_pence": 700, "after_pence": 800},
    ]
    assert (view["before"]["number"], view["after"]["number"], view["note"]) == (1, 2, "")
    assert view["forecasts"] == view["fields"] == view["problems_gone"] == view["problems_new"] == []


async def test_a_line_whose_reference_was_corrected_is_found_by_the_rest(due: Service) -> None:
    view = await _changes(due, await _two(due, workbook(A, B), workbook(A, B.but(reference="INV-02", evidence="EV-9"))))
    (line,) = view["lines"]
    assert (line["change"], line["matched_by"]) == ("changed", "payee, date and amount")
    assert line["fields"] == ["reference", "evidence"]


async def test_lines_that_only_moved_are_the_same(due: Service) -> None:
    view = await _changes(due, await _two(due, workbook(A, B, C), workbook(C, B, A)))
    assert (view["lines"], view["counts"]["same"], view["next"]) == ([], 3, None)


async def test_a_version_with_errors_has_no_lines_and_totals_are_compared_instead(due: Service) -> None:
    found = await _two(due, workbook(A, B.but(net="lots")), workbook(A, B))
    view = await _changes(due, found)
    assert view["note"] == "Version 1 had errors, so its lines were not kept: totals alone are compared."
    assert (view["counts"], view["lines"]) == (None, [])
    assert [(one["before_pence"], one["after_pence"]) for one in view["totals"]] == [(10_000, 15_000)]
    assert [one["code"] for one in view["problems_gone"]] == ["not_money"]
    assert (view["problems_gone_count"], view["problems_new_count"]) == (1, 0)
    assert (view["before"]["has_lines"], view["after"]["has_lines"]) == (False, True)


async def test_a_problem_that_moved_with_its_line_is_still_the_same_one(due: Service) -> None:
    found = await _two(due, workbook(B.but(net="lots")), workbook(A, B.but(net="lots"), D, C.but(net="some")))
    view = await _changes(due, found)
    assert view["problems_gone"] == []
    assert [(one["cell"], one["value"]) for one in view["problems_new"]] == [("G9", "some")]


async def test_forecasts_and_the_header_are_compared(due: Service) -> None:
    def other(book: Any) -> None:
        book["Return"]["B12"] = "B. Preparer"
        book["Forecast"]["G6"] = 7

    view = await _changes(due, await _two(due, workbook(A), filled(OURS, [A], edit=other)))
    assert {one["field"]: one["after"] for one in view["fields"]} == {"prepared_by": "B. Preparer"}
    ((before, after),) = [(one["before_pence"], one["after_pence"]) for one in view["forecasts"]]
    assert (before, after) == (1000_00, 7_00)


async def test_what_travels_beside_the_lines_is_compared_where_both_versions_have_it(due: Service) -> None:
    def other(book: Any) -> None:
        book["Return"]["B15"] = "No"
        for column, value in enumerate(["Hearings begin", None, "30/11/2025", None, "Green", None], start=1):
            book["Milestones"].cell(6, column).value = value

    found = await _two(due, workbook(A), filled(OURS, [A], edit=other))
    told = (await _changes(due, found))["documents"]
    assert [(one["fields"], one["after"]["title"]) for one in told["milestones"]] == [([], "Hearings begin")]
    assert [(one["fields"], one["before"]["answer"]) for one in told["declarations"]] == [(["answer"], True)]
    assert told["assets"] == []
    await due.upload(workbook(A.but(net="lots")))
    assert (await _changes(due, found))["documents"] is None


async def test_pages_lead_through_all_differences_once(due: Service) -> None:
    old = [Typed(reference=f"OLD-{number}", net=number) for number in range(1, 6)]
    new = [Typed(reference=f"NEW-{number}", net=number + 100) for number in range(1, 5)]
    found = await _two(due, workbook(*old), workbook(*new))
    seen: list[str] = []
    after = ""
    while after is not None:
        view = await _changes(due, found, limit=2, **{name: after for name in ("after",) if after})
        assert len(view["lines"]) <= 2
        assert view["counts"] == {"added": 4, "removed": 5, "changed": 0, "same": 0}
        seen += [reference for _, _, reference in _told(view)]
        after = view["next"]
    assert sorted(seen) == sorted(line.reference for line in [*old, *new])


async def test_any_two_versions_may_be_compared_and_no_others(due: Service) -> None:
    found = await _two(due, workbook(A), workbook(A, B))
    await due.upload(workbook(A, B, C))
    path = f"/returns/{found}/changes"
    assert len(_told(await _changes(due, found, earlier=1))) == 2
    assert len(_told(await _changes(due, found, to=2))) == 1
    assert (await due.get("officer", path, 400, params={"from": 2, "to": 2}))["code"] == "versions"
    assert (await due.get("officer", path, 400, params={"from": 3, "to": 1}))["code"] == "versions"
    for params in ({"to": 9}, {"to": 1}):
        await due.get("officer", path, 404, params=params)
    await due.get("officer", path, 400, params={"from": 0})
    await due.get("officer", path, 400, params={"from": 2**40})
    await due.get("foreign_officer", path, 404)


async def test_every_version_stays_with_who_and_when_and_can_be_downloaded(due: Service) -> None:
    files = [workbook(A), workbook(A, B.but(net="lots"))]
    found = await _two(due, *files)
    view = await due.get("lead", f"/returns/{found}")
    assert [(one["number"], one["uploaded_by"]) for one in view["versions"]] == [(1, "officer"), (2, "officer")]
    for number, content in enumerate(files, start=1):
        as_it_came = await due.ask("lead", "GET", f"/returns/{found}/workbook", params={"version": number})
        assert as_it_came.content == content
        marked = await due.ask("lead", "GET", f"/returns/{found}/annotated", params={"version": number})
        assert marked.status_code == 200
