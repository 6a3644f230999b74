"""The same answer on somebody's own computer: a line a problem, and a code for scripts."""

from pathlib import Path

import pytest

from importers.limits import Limits
from importers.offline import check_file, exit_code, report_json, report_lines
from tests.importers.checks.documents import BOUGHT, CONTEXT, VAN, told
from tests.importers.making import AWARD, Typed, ask, award, filled


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_clean_return(tmp_path: Path) -> None:
    path = saved(tmp_path, "return.xlsx", filled(AWARD, [Typed()]))
    for context in (AWARD, None):
        answer = check_file(path, context)
        assert answer == ask(path.read_bytes(), context)
        assert exit_code(answer) == 0
        assert report_lines(answer) == []


def test_problems_are_one_a_line_errors_first(tmp_path: Path) -> None:
    lines = [Typed(description="Gifts"), Typed(net="lots"), Typed(net="lots", reference="2")]
    answer = check_file(saved(tmp_path, "return.xlsx", filled(AWARD, lines)))
    assert exit_code(answer) == 1
    assert report_lines(answer) == [
        "Spend!G7:G8: The net amount must be an amount of money, like 1234.50",
        "Spend!C6: Warning: The description mentions something that this award may not pay for. Delete the line, or say why "
        "it is eligible.",
    ]


def test_a_warning_alone_is_a_problem_too(tmp_path: Path) -> None:
    assert exit_code(check_file(saved(tmp_path, "return.xlsx", filled(AWARD, [])), AWARD)) == 1


@pytest.mark.parametrize("name", ["photo.jpg", "return.xlsx"])
def test_a_picture_is_no_return_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    answer = check_file(saved(tmp_path, name, b"\xff\xd8\xff\xe0\x00\x10JFIF"), AWARD)
    assert exit_code(answer) == 2
    assert report_lines(answer) == [
        "The selected file must be an XLSX, ODS or CSV. This is a picture. Send the workbook itself."
    ]


def test_a_return_for_another_award_has_a_problem_at_its_cell(tmp_path: Path) -> None:
    answer = check_file(saved(tmp_path, "return.xlsx", filled(AWARD, [Typed()])), award(award="LI-TELFORD-01"))
    assert exit_code(answer) == 1
    assert report_lines(answer) == ["Return!B4: This return is for another award. Use the template for LI-TELFORD-01."]


def test_a_workbook_without_its_sheets_is_not_readable_as_a_return(tmp_path: Path) -> None:
    data = filled(AWARD, [Typed()], edit=lambda book: book.remove(book["Spend"]))
    assert exit_code(check_file(saved(tmp_path, "return.xlsx", data), AWARD)) == 2


def test_the_answer_for_programs_holds_every_problem(tmp_path: Path) -> None:
    answer = check_file(saved(tmp_path, "return.xlsx", filled(AWARD, [Typed(), Typed(net="lots")])), AWARD)
    found = report_json(answer)
    assert (found["read"], found["lines"], found["total_pence"]) == (True, 2, 123450)
    assert [(one["code"], one["sheet"], one["cell"], one["value"]) for one in found["problems"]] == [
        ("not_money", "Spend", "G7", "lots")
    ]
    refused = report_json(check_file(saved(tmp_path, "photo.jpg", b"\xff\xd8\xff\xe0")))
    assert refused["read"] is False
    assert refused["problems"][0]["code"] == "image"


def test_the_answer_for_programs_tells_of_all_that_travels_with_a_return(tmp_path: Path) -> None:
    path = saved(tmp_path, "return.xlsx", filled(CONTEXT, [BOUGHT], edit=told(assets=[VAN])))
    answer = report_json(check_file(path, CONTEXT))
    assert not answer["problems"]
    assert [(one["title"], one["actual"], one["forecast"], one["rag"]) for one in answer["milestones"]] == [
        ("Hearings begin", "2025-09-15", None, None),
        ("Final report", None, "2026-03-20", "green"),
    ]
    assert [(one["description"], one["pence"], one["cell"]) for one in answer["assets"]] == [("A van", 12_000_00, "D6")]
    assert [one["answer"] for one in answer["declarations"]] == [True, True, True]
    assert answer["basis"] == "Accruals"
    assert {one["pence"] for one in answer["forecasts"]} == {1000_00}
    wrong = report_json(check_file(saved(tmp_path, "wrong.xlsx", filled(AWARD, [Typed(net="lots")])), AWARD))
    assert not any(wrong[name] for name in ("milestones", "assets", "declarations"))


def test_a_large_file_is_not_even_opened(tmp_path: Path) -> None:
    path = saved(tmp_path, "return.xlsx", b"x" * 100)
    assert exit_code(check_file(path, None, Limits(file_bytes=99))) == 2


def test_a_file_that_is_not_there_is_the_callers_to_tell(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_file(tmp_path / "nothing.xlsx")
