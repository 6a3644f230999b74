"""The search: everything by its name or number, nothing that somebody may not see or open, and lines by their exact reference."""

import pytest

from grants.actions.search import note_new_references, number_in
from tests.database import Database
from tests.grants.store.record import connected
from tests.grants.web.browsing import Browser, at_work, joined
from tests.grants.web.pages.test_decision_pages import text_of
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import LEEDS_POLICE, Service

REFERENCE = "INV/2025-07 (a)"


@pytest.fixture
async def ground(service: Service) -> Service:
    """Two recipients' awards with returns, one of them with a line."""
    await service.award()
    await service.award("LI-LEEDS-01", LEEDS_POLICE)
    await service.open_round()
    uploaded = await service.upload(workbook(Typed(reference=REFERENCE, net=100)))
    assert uploaded.status_code == 201, uploaded.text
    return service


async def _hits(browser: Browser, text: str) -> str:
    answer = await browser.send("GET", "/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return text_of(answer.text.partition("</h1>")[2].partition("<footer")[0]).replace(" ,", ",").replace(" :", ":")


async def test_each_thing_is_found_by_its_name_number_or_reference(ground: Service) -> None:
    lead, _, _ = await at_work(ground, "lead")
    found = await _hits(lead, "li-oldham-01")
    for words in (
        "Awards LI-OLDHAM-01, Oldham",
        "Returns LI-OLDHAM-01, Quarter 2",
        "Decisions Decision",
        "Make an award",
    ):
        assert words in found
    assert "LI-LEEDS" not in found
    assert "Recipients Oldham Metropolitan Borough Council, GB-LAE-OLD" in await _hits(lead, "gb-lae-old")
    assert "LI-LEEDS-01, Quarter 2, July to September 2025" in await _hits(lead, "leeds-01 2025-26-q2")
    assert "Funding lines Locally-led inquiries, LOCAL-INQUIRIES" in await _hits(lead, "locally")
    numbered = await _hits(lead, "#1")
    assert "Decision 1: " in numbered
    assert "Entry 1: £" in numbered
    assert "Awards" not in numbered
    line = await _hits(lead, REFERENCE)
    assert f"1 result Lines of spend with exactly this reference {REFERENCE}: £100 on" in line
    assert "Nothing was found" in await _hits(lead, REFERENCE[:-1])
    for odd in ("%", "__", "a' OR 1=1 --", "x" * 100, "9" * 40, "٣٣", "a\x00b"):
        await _hits(lead, odd)


async def test_nobody_finds_what_they_may_not_see(ground: Service) -> None:
    foreign, officer = await joined(ground, "foreign_officer"), await joined(ground, "officer")
    await foreign.sign_in("foreign_officer")
    await officer.sign_in("officer")
    for text in ("oldham", REFERENCE, "li-oldham-01 2025-26-q2", "gb-lae-old", "locally", "1"):
        assert "Nothing was found" in await _hits(foreign, text), text
    mine = await _hits(officer, "li-")
    assert "LI-OLDHAM-01" in mine
    assert "LEEDS" not in mine
    assert "Decision" not in mine
    assert REFERENCE in await _hits(officer, REFERENCE)
    admin, _, _ = await at_work(ground, "administrator")
    await admin.get("/search?q=oldham", 403)


async def test_an_empty_search_says_what_can_be_searched_for(service: Service) -> None:
    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    page = await officer.get("/search")
    assert "What you can search for" in page
    assert "decision" not in page
    assert "result" not in page
    assert "must be 100 characters or fewer" in await officer.get("/search?q=" + "x" * 101, 400)


async def test_a_reference_is_found_by_its_index_as_soon_as_it_is_noted(
    ground: Service, fresh_database: Database
) -> None:
    await note_new_references(ground.gate)
    async with connected(fresh_database.owner_dsn) as owner:
        await owner.execute("SET enable_seqscan = off")
        rows = await owner.fetch("EXPLAIN SELECT FROM spend_line WHERE reference = 'x'")
    assert "ix_spend_line_reference" in "".join(row[0] for row in rows)
    lead, _, _ = await at_work(ground, "lead")
    assert "1 result" in await _hits(lead, REFERENCE)


def test_numbers_are_taken_as_people_type_them() -> None:
    for text, number in {"12": 12, "#12": 12, "No. 12": 12, "1,200": 1200, "12a": None, "": None, "٣": None}.items():
        assert number_in(text) == number, text
