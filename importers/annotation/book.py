"""The part that lists a workbook's sheets: where each one is, and a new one put before them all."""

from typing import Final

from importers.annotation.looks import EMPTY_STYLES
from importers.annotation.markup import Edits, Element, Unmarkable, attribute_text, elements, prefix_at
from importers.annotation.package import Package

_LIST: Final = "Problems"
_STYLES_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"


class Book:
    """The list of sheets. `sheets` gives each sheet's part by its name; `styles` is the part with the formats."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._content = package.read(package.book)
        self._elements = elements(self._content, 3)
        self._relations = package.relations(package.book)
        self.sheets: dict[str, str] = {}
        for sheet in self._named("sheet", 3):
            path = self._relations.targets.get(sheet.attributes.get("id", ""), "")
            if path in package.names:
                self.sheets.setdefault(sheet.attributes.get("name", ""), path)
        self.styles = package.part(package.book, "styles") or self._new_styles()

    def _named(self, name: str, depth: int) -> list[Element]:
        return [element for element in self._elements if element.name == name and element.depth == depth]

    def _new_styles(self) -> str:
        path = self._package.add("xl/styles{}.xml", EMPTY_STYLES, _STYLES_TYPE)
        self._relations.add("styles", path)
        return path

    def put_first(self, path: str) -> None:
        """Lists a sheet before all others, under a name of its own, and has the workbook open there."""
        listed = self._named("sheets", 2)
        sheets = self._named("sheet", 3)
        if not listed or not sheets:
            raise Unmarkable
        edits = Edits(self._content)
        taken = {sheet.attributes.get("name", "").casefold() for sheet in sheets}
        tries = (_LIST, *(f"{_LIST} {number}" for number in range(2, len(sheets) + 3)))
        name = next(candidate for candidate in tries if candidate.casefold() not in taken)
        ids = [sheet.attributes.get("sheetId", "") for sheet in sheets]
        number = 1 + max((int(value) for value in ids if value.isdecimal()), default=0)
        relation = self._relations.add("worksheet", path)
        prefix = prefix_at(self._content, sheets[0].start)
        edits.insert(
            sheets[0].start,
            f'<{prefix}sheet xmlns:rT="{self._package.base}" name="{attribute_text(name)}" sheetId="{number}" rT:id="{relation}"/>',
        )
        for view in self._named("workbookView", 3):
            edits.set(view.start, activeTab="0", firstSheet="0")
        for defined in self._named("definedName", 3):
            local = defined.attributes.get("localSheetId", "")
            if local.isdecimal():
                edits.set(defined.start, localSheetId=str(int(local) + 1))
        self._package.write(self._package.book, edits.result())
