"""Each kind of file is told by its content, and refused in its own sentence that says what to send instead."""

import pytest

from importers.answer import NotAReturn
from importers.limits import Limits
from importers.messages import REFUSALS
from importers.recognise import FileKind, recognise
from importers.workbook import read_workbook
from tests.importers.files import OLE, ods, row, text_cell, xlsx, zipped

BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
LOCKED = b"\x2f\x00\x36\x00\x01\x00"
BOOK = "Workbook".encode("utf-16-le")
WEB = "<!DOCTYPE html><html><table><tr><td>Reference</td><td>Amount</td></tr></table></html>"
XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
FLAT = '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>'
DECLARED = {
    "macros": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "binary_workbook": "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "presentation": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}


def odf(kind: str) -> bytes:
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<x/>"})


KINDS = [
    (b"", "empty"),
    (b"\r\n  ", "empty"),
    (bytes(300), "empty"),
    (b"\xef\xbb\xbf\r\n", "empty"),
    ("\ufeff \r\n".encode("utf-16-le"), "empty"),
    (b"%PDF-1.7\n%...", "pdf"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
    (b"\x89PNG\r\n\x1a\n0000", "image"),
    (b"BM\x00\x10\x00\x00" + bytes(4) + b"6\x00\x00\x00", "image"),
    (b"RIFF\x00\x10\x00\x00WEBPVP8 ", "image"),
    (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image"),
    (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image"),
    (b"Rar!\x1a\x07\x00", "other_zip"),
    (b"7z\xbc\xaf\x27\x1c\x00\x04", "other_zip"),
    (b"\x1f\x8b\x08\x00", "other_zip"),
    (OLE + BOF + b"\x42\x00\x02\x00" + BOOK, "old_excel"),
    (OLE + BOOK, "old_excel"),
    (b"\x09\x08\x08\x00\x00\x05\x05\x00" + bytes(90), "old_excel"),
    (OLE + BOF + LOCKED + BOOK, "encrypted"),
    (OLE + BOF + b"\x86\x00\x00\x00" + LOCKED + BOOK, "encrypted"),
    (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    (OLE + "WordDocument".encode("utf-16-le"), "word"),
    (b"{\\rtf1\\ansi Spend}", "word"),
    (OLE + "PowerPoint Document".encode("utf-16-le"), "presentation"),
    (OLE + "__substg1.0_001A".encode("utf-16-le"), "other_office"),
    (WEB.encode(), "web_page"),
    (b"\xef\xbb\xbf  <TABLE><tr>", "web_page"),
    (WEB.encode("utf-16"), "web_page"),
    (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "web_page"),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n<html>", "web_page"),
    (XML_2003.encode(), "xml_spreadsheet"),
    (FLAT.encode(), "xml_spreadsheet"),
    (b"<?xml version='1.0'?><invoice/>", "xml"),
    (b"ID;PWXL;N;E\r\nC;Y1;X1;K\"Reference\"\r\nE\r\n", "symbolic_link"),
    (b"[InternetShortcut]\r\nURL=https://council.example/return\r\n", "link"),
    (b'{"url": "https://docs.google.com/spreadsheets/d/x", "email": "a@example.org"}', "link"),
    (b"https://docs.google.com/spreadsheets/d/x/edit", "link"),
    (b"\x01\x02\x03\x04\x05", "unknown_kind"),
    (b"SQLite format 3\x00\x10\x00", "unknown_kind"),
    (b"\xff\xfe\x00\x00R\x00\x00\x00", "unknown_kind"),
    (b"Reference,Amount\r\n1,\x81\x8d\r\n", "unknown_encoding"),
    (b"\xef\xbb\xbfReference,Amount\r\n1,\xa3500\r\n", "unknown_encoding"),
    ("Reference;Amount".encode("utf-16-le")[:-1], "unknown_encoding"),
    (b",,,,\r\n,,,,\r\n", "empty_table"),
    (b";\t;\n \n", "empty_table"),
    (zipped({"a.txt": b"hello", "b.txt": b"x"}), "other_zip"),
    (zipped({"a.txt": b"hello"}), "other_zip"),
    (zipped({"Q2/": b"", "Q2/Return.XLSX": b"x", "__MACOSX/Q2/._Return.XLSX": b"x"}), "zipped_workbook"),
    (zipped({"return.csv": b"x"}), "zipped_workbook"),
    (zipped({"a.xlsx": b"x", "b.xlsx": b"x"}), "other_zip"),
    (zipped({"Index/Document.iwa": b"x", "Metadata/Properties.plist": b"x"}), "apple"),
    (zipped({"Index.zip": b"x", "preview.jpg": b"x"}), "apple"),
    (odf("text"), "text_document"),
    (odf("presentation"), "presentation"),
    (odf("graphics"), "other_office"),
    *((zipped(xlsx({"S": ""}) | {"[Content_Types].xml": f"<Types>{sign}</Types>"}), code) for code, sign in DECLARED.items()),
    (ods({"S": []}, manifest="<manifest:encryption-data/>"), "encrypted"),
    (b"PK\x03\x04 and then nothing", "damaged"),
    (zipped(xlsx({"Sheet1": "", "Sheet2": row(1, '<c r="A1" s="1"/>')})), "empty_workbook"),
    (ods({"Sheet1": []}), "empty_workbook"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), KINDS, ids=[f"{at}-{kind}" for at, (_, kind) in enumerate(KINDS)])
def test_each_other_kind_of_file_is_refused_for_what_it_is(data: bytes, expected: str) -> None:
    with pytest.raises(NotAReturn) as caught:
        read_workbook(data, ("S",), Limits())
    assert caught.value.refused.code == expected


def test_each_kind_has_its_own_sentence_and_what_is_not_a_workbook_is_told_what_is() -> None:
    codes = {code for _, code in KINDS}
    assert len({REFUSALS[code] for code in codes}) == len(codes)
    others = codes - {"empty", "empty_table", "empty_workbook", "encrypted", "damaged"}
    assert all("XLSX, ODS or CSV. " in REFUSALS[code] for code in others)
    assert {str(kind) for kind in FileKind} - {"zip", "text"} <= REFUSALS.keys()


@pytest.mark.parametrize(
    "data",
    [
        b"BM-1001,Staff pay,500\n",
        b"II,Amount\n1,2\n",
        b"From,Payee,Amount\n1,2,3\n",
        b"<none>,Amount\n1,2\n",
        b"https://a.example,Reference,https://b.example\n",
        b"ID;Payee;Amount\n1;2;3\n",
        b"Reference,Amount\n1,<html>\n",
        b"Reference,Amount\n1,2\n\x1a",
        "Reference\tAmount\n".encode("utf-16-be"),
    ],
)
def test_a_table_may_begin_with_anything(data: bytes) -> None:
    assert recognise(data) is FileKind.TEXT
    assert read_workbook(data, (), Limits()).names == ("CSV",)


def test_a_workbook_with_something_in_another_sheet_is_not_empty() -> None:
    book = read_workbook(zipped(xlsx({"Sheet1": row(1, text_cell("A1", "x"))})), ("S",), Limits())
    assert book.sheets == {}
