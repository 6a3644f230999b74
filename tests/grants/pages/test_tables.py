"""Tables of pages: their state in the address, whatever an address says; what they show; the files that hold the same rows."""

import csv
import io
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from grants.pages.environment import environment
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import file_table
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, TableState, Tag, state_of
from grants.store.listing_query import Listed
from reports.table_file import TableFiles
from reports.text_out import from_csv_text

STATES = {"red": Tag("Red – late", "red"), "green": Tag("Green", "green")}
NOW = datetime(2025, 11, 3, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    """A row."""

    code: str
    title: str
    state: str
    pence: int | None
    due: date | None
    period: str = "2025-26-Q1"
    at: datetime = NOW
    ready: bool = True
    part: float = 0.25
    is_example: bool = False


THINGS = TableSpec(
    "things",
    "Things",
    (
        Column("code", "Code", href=lambda thing: f"/things/{thing.code}"),
        Column("title", "Title", filter="text", sortable=False),
        Column("state", "State", Kind.TAG, tags=STATES, filter=Choices.of(STATES)),
        Column("pence", "Cost", Kind.PENCE, empty="Not known"),
        Column("due", "Due", Kind.DAY),
        Column("period", "Period", Kind.PERIOD, filter=Choices()),
        Column("at", "Seen", Kind.MOMENT),
        Column("ready", "Ready", Kind.YES_NO),
        Column("part", "Part", Kind.SHARE),
    ),
    sort="-due",
    empty="There are no things yet. Make the first one.",
    search=("code", "title"),
    rows_a_page=10,
)
MANY = [
    Thing(f"T-{number:03d}", f"Thing <{number}>", ("red", "green")[number % 2], number * 150, date(2025, 4, 1))
    for number in range(312)
]


def asked(address: str, spec: TableSpec = THINGS) -> TableState:
    """The state in an address."""
    parts = urlsplit(address)
    periods = [("2025-26-Q1", "Quarter 1")]
    return state_of(parts.path, parse_qsl(parts.query, keep_blank_values=True), spec, {"period": periods})


def at_hand(state: TableState, rows: list[Thing]) -> Listed[Thing]:
    """The page of the rows."""
    return listed_at_hand(rows, state.wanted, "code")


def page(address: str, rows: list[Thing]) -> str:
    """The table as HTML, its space folded."""
    pages = environment((), lambda name: f"/assets/{name}")
    state = asked(address)
    text = pages.from_string('{% from "table.html" import table %}{{ table(listed) }}').render(
        listed=shown(state, at_hand(state, rows))
    )
    return re.sub(r"\s+", " ", text)


def links(html: str) -> dict[str, str]:
    """Addresses by the words of their links."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', html)
    return {" ".join(re.sub(r"<[^>]*>", " ", words).split()): unescape(address) for address, words in found}


WORDS = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    [
        "-due",
        "due",
        "--due",
        "title",
        "red",
        "xlsx",
        "2",
        "0",
        "-1",
        "9" * 30,
        "٣",
        "%",
        "'; DROP TABLE award; --",
        "2025-26-Q1",
        "\x00",
    ]
)
NAMES = st.sampled_from(["sort", "q", "page", "download", "title", "state", "period", "done", "x", "things-sort"])


@given(st.lists(st.tuples(NAMES, WORDS), max_size=12), st.booleans())
def test_whatever_an_address_says_it_means_something_and_leads_to_itself(
    said: list[tuple[str, str]], prefixed: bool
) -> None:
    spec = replace(THINGS, prefixed=prefixed)
    state = state_of("/things", said, spec, {"period": [("2025-26-Q1", "Quarter 1")]})
    sortable = {column.key for column in spec.columns if column.sortable}
    assert state.sort.removeprefix("-") in sortable
    assert state.filters.get("state", "red") in STATES
    assert state.filters.get("period", "2025-26-Q1") == "2025-26-Q1"
    assert state.download in ("", "xlsx", "csv")
    typed = [state.search, *state.filters.values()]
    assert all(text.isprintable() and len(text) <= 200 for text in typed)
    found = at_hand(state, MANY)
    assert 1 <= found.page <= found.pages
    again = asked(state.address(page=state.page, download=state.download), spec)
    assert again == state
    assert [pair for pair in again.others if pair[0] == "x"] == [pair for pair in said if pair[0] == "x"]


def test_a_table_of_several_lets_the_others_state_alone() -> None:
    first, second = replace(THINGS, prefixed=True), replace(THINGS, name="others", prefixed=True)
    address = "/both?others-sort=code&others-page=3&things-q=a&sort=code"
    state = asked(address, first)
    assert (state.sort, state.search, state.page) == ("-due", "a", 1)
    moved = asked(state.address(sort="pence", page=2), second)
    assert (moved.sort, moved.page) == ("code", 3)
    assert ("sort", "code") in moved.others


def test_a_page_says_what_of_how_many_and_leads_on() -> None:
    html = page("/things?page=3&kept=1&done=saved", MANY)
    assert "Showing 21 to 30 of 312" in html
    assert '<nav class="govuk-pagination" aria-label="Pages of Things"' in html
    assert 'aria-current="page"' in html
    found = links(html)
    assert found["Next page"] == "/things?kept=1&page=4"
    assert found["Previous page"] == "/things?kept=1&page=2"
    assert (found["1"], found["32"]) == ("/things?kept=1", "/things?kept=1&page=32")
    assert {"3", "4"} < set(found)
    assert not {"5", "31"} & set(found)
    assert "Showing 311 to 312 of 312" in page("/things?page=5000", MANY)
    assert found["CSV of Things"] == "/things?kept=1&download=csv"


def test_headings_say_how_the_table_is_sorted_and_sort_it_otherwise() -> None:
    html = page("/things?sort=-pence&state=red", MANY)
    assert re.findall(r'aria-sort="(\w+)"', html) == ["descending"]
    assert html.index("T-310") < html.index("T-308")
    found = links(html)
    assert found["Cost , sort smallest first"] == "/things?sort=pence&state=red"
    assert found["Code , sort A to Z"] == "/things?sort=code&state=red"
    assert found["Due , sort earliest first"] == "/things?sort=due&state=red"
    assert "Title , sort A to Z" not in found


def test_cells_are_in_words_and_what_was_typed_stays_text() -> None:
    odd = Thing("T-1", "<script>alert(1)</script>", "red", None, None)
    html = page('/things?q="><script>', [odd])
    assert "<script>" not in html
    html = page("/things", [odd, Thing("T-2", "b", "unheard_of", -500, date(2025, 4, 1))])
    for words in (
        "Not known",
        "-£5",
        "1 April 2025",
        "Quarter 1, April to June 2025",
        "3 November 2025 at 10:00",
        "Yes",
        "25.0%",
    ):
        assert f">{words}</td>" in html
    assert '<strong class="govuk-tag govuk-tag--red">Red – late</strong>' in html
    assert '<strong class="govuk-tag govuk-tag--grey">Unheard of</strong>' in html
    assert '<th scope="row" class="app-table__code"><a class="govuk-link" href="/things/T-2">T-2</a></th>' in html
    assert '<td class="app-table__number">-£5<' in html


def test_links_with_the_same_words_say_what_tells_them_apart() -> None:
    """By the first column that is different in each, or by several; where the place is the same nothing is said."""
    at_names = replace(THINGS.columns[1], href=lambda thing: f"/named/{thing.code}")
    spec = replace(THINGS, columns=(at_names, *THINGS.columns[2:], replace(THINGS.columns[0], href=None)), sort="due")

    def names(*rows: Thing) -> set[str]:
        return {
            cell.text + (f": {cell.apart}" if cell.apart else "")
            for cell, *_ in shown(asked("/x", spec), at_hand(asked("/x", spec), [*rows])).rows
        }

    one = Thing("T-1", "Pay", "red", 100, None)
    assert names(one, replace(one, code="T-2", pence=200)) == {"Pay: £1", "Pay: £2"}
    assert names(one, replace(one, title="Award", code="T-2")) == {"Pay", "Award"}
    assert names(one, one) == {"Pay"}
    assert names(one, replace(one, code="T-2", pence=200), replace(one, code="T-3", state="green")) == {
        "Pay: T-1",
        "Pay: T-2",
        "Pay: T-3",
    }


def test_an_empty_table_says_what_to_do_and_one_with_filters_how_to_leave_them() -> None:
    html = page("/things", [])
    assert "Make the first one." in html
    assert "<form" not in html
    assert "Make the first one." in page("/things?q=a", [])
    html = page("/things?q=nowhere&kept=1", MANY)
    assert "Nothing matches" in html
    assert links(html)["Clear the filters"] == "/things?kept=1"
    assert "<form" in html
    assert "download=" not in html


def test_the_form_keeps_what_is_not_its_own() -> None:
    html = page("/things?sort=code&q=a&page=2&kept=1&title=b", MANY)
    assert re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', html) == [("kept", "1"), ("sort", "code")]
    for field in ("things-q", "things-title", "things-state", "things-period"):
        assert f'<label class="govuk-label" for="{field}">' in html


TYPED = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12) | st.sampled_from(
    ["=1+1", "+44", "-5", "@SUM(A1)", "'quoted", "\tTab", " =2", "2025-04-01", "007", "1e5", "TRUE"]
)


@given(st.lists(st.builds(Thing, TYPED, TYPED, st.sampled_from(["red", "green"]), st.none() | st.integers(-(10**10), 10**10), st.none() | st.just(date(2025, 4, 1))), max_size=4, unique_by=lambda thing: thing.code))  # fmt: skip
def test_a_csv_holds_the_same_rows_and_texts_stay_texts(rows: list[Thing]) -> None:
    state = asked("/things?download=csv&sort=code")
    table = file_table(state, at_hand(state, rows), NOW, "Things")
    content = TableFiles().write(table, "csv").decode("utf-8-sig")
    headings, *lines = list(csv.reader(io.StringIO(content, newline="")))
    assert headings == ["Code", "Title", "State", "Cost", "Due", "Period", "Seen", "Ready", "Part"]
    assert not any(re.match(r"\s*[=+@＝＋－＠]", field) for line in lines for field in line)
    visible = [line for line in at_hand(state, rows).rows if line.title.isprintable() and line.code.isprintable()]
    told = {from_csv_text(line[0]): line for line in lines}
    for thing in visible:
        line = told[thing.code]
        assert from_csv_text(line[1]) == thing.title
        assert line[3] == (
            ""
            if thing.pence is None
            else f"{'-' * (thing.pence < 0)}{abs(thing.pence) // 100}.{abs(thing.pence) % 100:02d}"
        )
        assert line[2:3] + line[4:] == [STATES[thing.state].words, "2025-04-01" if thing.due else "", "2025-26-Q1", "2025-11-03T10:00:00Z", "Yes", "0.25"]  # fmt: skip
    assert len(lines) == len(rows)


def test_a_workbook_holds_all_rows_of_the_filter_and_says_so() -> None:
    state = asked("/things?download=xlsx&sort=pence&state=red&q=thing&page=7")
    rows = [*MANY, Thing("T-=1", "=thing", "red", -150, None, is_example=True)]
    book = load_workbook(io.BytesIO(TableFiles().write(file_table(state, at_hand(state, rows), NOW, "Things"), "xlsx")))
    sheet = book["Table"]
    head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Code")
    body = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=head + 1)]
    assert [line[0] for line in body] == ["T-=1", *(thing.code for thing in MANY if thing.state == "red")]
    assert body[0][:4] == ["T-=1", "=thing", "Red – late", -1.5]
    assert sheet.cell(head + 1, 2).data_type == "s"
    days = [value.isoformat() if isinstance(value, datetime) else value for value in body[2][4:]]
    assert days == ["2025-04-01T00:00:00", "2025-26-Q1", "2025-11-03T10:00:00", "Yes", 0.25]
    facts = {row[0].value: row[1].value for row in book["Cover"].iter_rows(max_col=2) if row[0].value}
    assert facts["As at"] == "3 November 2025 at 10:00, London time"
    assert (facts["Rows"], facts["Search"], facts["State"]) == ("157", "thing", "Red – late")
    assert facts["Sorted by"] == "Cost, smallest first"
    assert "Rows that are missing" not in facts
    assert "EXAMPLE DATA" in str(sheet["A2"].value)


def test_a_file_that_cannot_hold_all_says_so() -> None:
    state = asked("/things?download=csv")
    assert (state.wanted.rows, state.wanted.page) == (100_000, 1)
    found = Listed(MANY, len(MANY), True, 1, len(MANY), False)
    assert dict(file_table(state, found, NOW, "Things").facts)["Rows that are missing"].startswith(
        "There are more than"
    )
    assert "more than 312" in shown(asked("/things"), found).count


@pytest.mark.parametrize("wrong", [{"sort": "nothing"}, {"sort": "title"}, {"search": ("nothing",)}, {"columns": (*THINGS.columns, Column("code", "Again"))}, {"columns": (*THINGS.columns, Column("page", "Page", filter="text"))}])  # fmt: skip
def test_a_table_that_contradicts_itself_is_no_table(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="table things"):
        replace(THINGS, **wrong)
