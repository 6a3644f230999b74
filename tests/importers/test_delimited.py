"""CSV as it really arrives: any encoding, any separator, every cell where a spreadsheet would show it."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from importers.annotate import annotate
from importers.answer import Checked, CheckRequest, NotAReturn
from importers.delimited import read_delimited
from importers.limits import Limits
from importers.sandbox import Reader
from tests.importers.making import AWARD, Typed, as_csv, ask, award, checked, filled, places, refused, stored

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
DELIMITERS = [",", ";", "\t", "|"]
LINES = [
    Typed(reference="INV-1", payee="Café Zoë £ & Söhne", net="£1,234.50"),
    None,
    Typed(
        reference="00012",
        description='He said "yes", twice\nand; again\tthen',
        net="(500.00)",
        accrual="Yes",
        vat="1.10",
    ),
    Typed(reference="3", net="2,000", evidence=None),
]
LAST_QUARTER = award(period="2025-26-Q4", award_end=AWARD.award_end)


def rows(data: bytes, limits: Limits | None = None) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in read_delimited(data, limits or Limits()).sheets["CSV"].rows]


def code(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(NotAReturn) as caught:
        read_delimited(data, limits or Limits())
    return caught.value.refused.code


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_csv_says_the_same_as_the_workbook_whatever_it_was_written_in(
    encoding: str, delimiter: str, end: str
) -> None:
    answer = checked(as_csv(LINES, delimiter=delimiter, encoding=encoding, end=end))
    assert places(answer) == [("forecast_not_sent", "CSV")]
    lines = stored(answer)
    assert [line["cell"] for line in lines] == ["G2", "G4", "G5"]
    assert [line["sheet"] for line in lines] == ["CSV"] * 3
    assert [line["net_pence"] for line in lines] == ["123450", "-50000", "200000"]
    assert lines[0]["payee"] == "Café Zoë £ & Söhne"
    assert lines[1]["description"] == 'He said "yes", twice and; again then'
    workbook = stored(checked(filled(AWARD, LINES)))
    unlike = ("row", "cell", "sheet")
    assert [{k: v for k, v in line.items() if k not in unlike} for line in lines] == [
        {k: v for k, v in line.items() if k not in unlike} for line in workbook
    ]


@given(
    table=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n\t;,|"'), max_size=8),
            min_size=3,
            max_size=3,
        ),
        min_size=2,
        max_size=6,
    ).filter(lambda table: any(cell.strip() for row in table for cell in row)),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_cell_of_any_table_stands_where_it_was_put(table: list[list[str]], delimiter: str, encoding: str) -> None:
    out = StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    read = rows(f"sep={delimiter}\r\n{out.getvalue()}".encode(encoding))
    for row, cells in enumerate(table):
        for column, cell in enumerate(cells):
            there = read[row][column] if row < len(read) and column < len(read[row]) else ""
            assert there == cell


def test_what_excel_says_of_the_separator_is_no_row() -> None:
    assert rows(b"sep=;\r\na,b;c\r\n")[0] == ["a,b", "c"]
    assert rows(b'"sep=|"\na|b\n')[0] == ["a", "b"]


def test_blank_rows_count_and_rows_may_differ_in_width() -> None:
    assert rows(b"\r\n,x\r\n\r\na\r\n\r\n\r\n") == [["", ""], ["", "x"], ["", ""], ["a", ""]]


def test_texts_that_keep_their_zeros() -> None:
    assert rows(b'a,b\n="00123","=""007"""\n')[1] == ["00123", "007"]
    assert rows(b"a,b\n=1+1,x\n")[1] == ["=1+1", "x"]


def test_separators_inside_texts_do_not_decide() -> None:
    line = "INV-1;Staff pay;Pay, on-costs, and so on;A, B, C;31.07.2025;Resource;1.234,50;0,00;No;E"
    assert [len(row) for row in rows(f"{line}\n{line}\n".encode())] == [10, 10]


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (["1.234,50", "12,00", "1.000"], [123450, 1200, 100000]),
        (["-1.234.567,89", "2.000.000,00", "0,01"], [-123456789, 200000000, 1]),
        (["1 234,50", "5,5", "7"], [123450, 550, 700]),
        (["1,234.50", "12.00", "1,000"], [123450, 1200, 100000]),
    ],
)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_european_export_is_read_right(net: list[str], expected: list[int], delimiter: str) -> None:
    lines = [Typed(reference=f"{at}", net=amount, day="31.07.2025") for at, amount in enumerate(net)]
    answer = checked(as_csv(lines, delimiter=delimiter), None)
    assert [int(line["net_pence"]) for line in stored(answer)] == expected


@pytest.mark.parametrize(
    ("net", "codes"),
    [
        (["1.234,50", "12.00"], ["not_money"]),
        (["1,234.50", "1,5"], ["not_money"]),
        (["1.234", "1.000"], ["part_penny"]),
        (["1,23,4", "1.2.3,4"], ["not_money"]),
    ],
)
def test_amounts_that_contradict_each_other_are_problems_never_another_figure(net: list[str], codes: list[str]) -> None:
    lines = [Typed(reference=f"{at}", net=amount) for at, amount in enumerate(net)]
    assert [error.code for error in checked(as_csv(lines, delimiter=";"), None).errors] == codes


def test_in_a_csv_with_commas_an_amount_with_a_comma_before_the_pence_is_a_problem() -> None:
    answer = checked(as_csv([Typed(net="1.234,50"), Typed(reference="2", net="1,23")]))
    assert [(error.code, error.place) for error in answer.errors] == [("not_money", "CSV!G2:G3")]


def test_each_fault_has_its_own_cell_as_a_spreadsheet_shows_it() -> None:
    before = [["Oldham Council"], [], ["Spend, Q2", "", "x"]]
    lines = [
        Typed(reference=None),
        Typed(category="Sandwiches", reference="a\nb"),
        None,
        Typed(day="03/31/2025", reference="3"),
        Typed(net="#REF!", reference="4"),
        Typed(net="50%", vat="########", reference="5"),
    ]
    answer = checked(as_csv(lines, before=before))
    assert [(error.code, error.place) for error in answer.errors] == [
        ("blank", "CSV!A5"),
        ("not_a_category", "CSV!B6"),
        ("month_first", "CSV!E8"),
        ("formula_error", "CSV!G9"),
        ("percentage", "CSV!G10"),
        ("not_money", "CSV!H10"),
    ]


def test_what_a_csv_cannot_say_comes_from_where_it_is_sent() -> None:
    header = checked(as_csv([Typed()])).header
    assert (header.award, header.period, header.recipient_id) == (AWARD.award, AWARD.period, AWARD.recipient_id)
    assert (header.kind, header.template_version) == ("Quarterly", "2")


def test_no_forecast_is_one_warning_where_any_quarter_is_left() -> None:
    lines = [Typed(accrual="Yes", day="31/03/2026")]
    assert places(checked(as_csv(lines))) == [("forecast_not_sent", "CSV")]
    assert places(checked(as_csv(lines), LAST_QUARTER)) == [("declarations_not_sent", "CSV")]


def test_without_an_award_the_checks_that_need_one_are_left_out() -> None:
    answer = checked(as_csv([Typed(day="31/07/1999"), Typed(category="ICT", reference="2")]), None)
    assert places(answer) == []
    assert answer.header.award == answer.header.period == ""


def test_a_letter_is_no_table() -> None:
    answer = refused(b"Dear Sir or Madam,\r\n\r\nplease find enclosed, as agreed, our return.\r\n")
    assert (answer.code, answer.place) == ("csv_headings", "CSV")


def test_a_missing_column_is_named() -> None:
    answer = refused(as_csv([Typed()]).replace(b"Payee", b"Whom"))
    assert (answer.code, answer.place) == ("missing_column", "CSV!D1")


@pytest.mark.parametrize(
    ("data", "expected", "cell"),
    [(b'a,b\n"c,d\ne,f\n', "unclosed_quote", "A2"), (b'a,b\n1,2\n"c"d,e\n', "stray_quote", "A3")],
)
def test_quotation_marks_that_do_not_pair_are_refused_at_their_row(data: bytes, expected: str, cell: str) -> None:
    with pytest.raises(NotAReturn) as caught:
        read_delimited(data, Limits())
    assert (caught.value.refused.code, caught.value.refused.cell) == (expected, cell)


def test_bounds_hold_while_reading() -> None:
    assert code(b"a,b\n" * 11, Limits(rows=10)) == "too_many_cells"
    assert code(b"a," * 11 + b"\n", Limits(columns=10)) == "cell_too_far"
    assert code(b"a,b\n" * 11, Limits(cells=20)) == "too_many_cells"
    assert code(b"," * 5_000_000, Limits()) == "too_many_cells"
    assert code(b"a,b\n" + b"c" * 70_000, Limits()) == "text_too_long"
    assert code(b"a" + b"\n" * 1000 + b"," * 99 + b"b\n", Limits(area=10_000)) == "cell_too_far"


def test_the_copy_with_its_problems_is_a_workbook_of_the_same_cells() -> None:
    data = as_csv([Typed(net="lots"), Typed(reference="=1+1", net="5", payee="ok")], delimiter=";")
    answer = checked(data)
    book = load_workbook(BytesIO(annotate(data, answer.problems)))
    assert book.sheetnames == ["Problems", "CSV"]
    sheet = book["CSV"]
    assert (sheet["G2"].value, sheet["A3"].value, sheet["A3"].data_type) == ("lots", "=1+1", "s")
    assert sheet["G2"].comment is not None
    assert "amount of money" in sheet["G2"].comment.text


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    answer = ask(b"Reference,Amount\n" + data)
    assert isinstance(answer, Checked) or answer.message


async def test_the_reader_that_can_open_no_file_knows_every_encoding() -> None:
    async with Reader(at_once=1) as reader:
        for encoding in ENCODINGS:
            data = as_csv([Typed(payee="Café £")], encoding=encoding)
            answer = await reader.check(CheckRequest(data, "return.csv", AWARD, "A. Preparer"))
            assert isinstance(answer, Checked)
            assert answer.header.prepared_by == "A. Preparer"
            assert stored(answer)[0]["payee"] == "Café £"
