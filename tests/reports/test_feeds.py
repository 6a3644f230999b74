"""Feeds: the same table as the report's file, live, at an address that a spreadsheet can read by itself."""

import csv
import io
import json

import pytest

from tests.service import Service


async def _read(
    service: Service, path: str, status: int = 200, who: str | None = "auditor", tag: str = ""
) -> tuple[bytes, str]:
    answer = await service.ask(who, "GET", f"/feeds/{path}", headers={"If-None-Match": tag} if tag else {})
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.headers["content-type"].startswith("text/csv" if ".csv" in path else "application/json")
    return answer.content, answer.headers.get("ETag", "")


async def test_both_formats_hold_the_same_rows_and_change_with_the_record_alone(service: Service) -> None:
    await service.award()
    await service.open_round()
    for name, least in (("allocation-position", 5), ("returns-tracker", 1), ("spend-transactions", 0)):
        rows = list(csv.reader(io.StringIO((await _read(service, f"{name}.csv"))[0].decode("utf-8-sig"))))
        found = json.loads((await _read(service, f"{name}.json"))[0])
        columns = found["columns"]
        assert [column["heading"] for column in columns] == rows[0][: len(columns)]
        assert len(found["rows"]) == len(rows) - 1 >= least
        assert all(list(row) == [column["key"] for column in columns] for row in found["rows"])
        amounts = [column["key"] for column in columns if column["kind"] == "pence"]
        assert all(isinstance(row[key], int | None) for row in found["rows"] for key in amounts)
    assert json.loads((await _read(service, "360giving.json"))[0])["grants"] != []
    _, tag = await _read(service, "allocation-position.csv")
    assert await _read(service, "allocation-position.csv", 304, tag=tag) == (b"", tag)
    assert (await _read(service, "allocation-position.json"))[1] != tag
    assert (await _read(service, "allocation-position.csv?programme=ACTION-PLAN"))[1] != tag
    more = {"year": "2025-26", "pence": 100, "reason": "More is needed."}
    await service.post("lead", "/funding-lines/LOCAL-INQUIRIES/allocations", more, 201)
    assert (await _read(service, "allocation-position.csv", tag=tag))[1] != tag


async def test_what_is_no_feed_or_nobodys_business_is_told(service: Service) -> None:
    for path, status in (
        ("allocation-position.xlsx", 404),
        ("allocation-position", 404),
        ("no-such-report.csv", 404),
        ("allocation-position.csv?recipient=GB-LAE-OLD", 400),
        ("allocation-position.csv?period=2025-26-Q9", 400),
        ("allocation-position.csv?programme=NO-SUCH", 404),
    ):
        await _read(service, path, status)
    await _read(service, "allocation-position.csv", 403, "officer")
    await _read(service, "allocation-position.csv", 401, None)
    await _read(service, "allocation-position.csv", 403, "wider_lead")
    narrowed, _ = await _read(service, "allocation-position.csv?programme=WIDER-CSA", who="wider_lead")
    assert b"LOCAL-INQUIRIES" not in narrowed
    await _read(service, "allocation-position.csv?programme=ACTION-PLAN", 404, "wider_lead")


@pytest.mark.parametrize("name", ["journal-extract"])
async def test_a_report_of_what_one_may_not_see_is_no_feed_either(service: Service, name: str) -> None:
    await _read(service, f"{name}.csv?", 403, "lead")
    assert b"manage_people" in (await _read(service, f"{name}.csv"))[0]
