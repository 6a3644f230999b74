"""The package that a workbook is: its parts, what they are declared as, and how they point to each other."""

import io
import posixpath
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from importers.annotation.markup import Edits, Element, Unmarkable, attribute_text, elements, prefix_at, whole
from importers.archive import Archive

_TYPES: Final = "[Content_Types].xml"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_TEMPLATE_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
_NO_RELATIONS: Final = f'<Relationships xmlns="{_PACKAGE}/relationships"></Relationships>'.encode()
_TRANSITIONAL: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT: Final = "http://purl.oclc.org/ooxml/spreadsheetml/main"
"""The two namespaces of a workbook's cells in ECMA-376; the parts of one workbook keep to one of them."""
_DAY_ONE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Relation:
    """One pointer: to a part of the package, by its path, or to elsewhere, by its address."""

    id: str
    kind: str
    target: str
    is_external: bool
    element: Element


class Relations:
    """What one part points to. `source` is the part's path, or empty for the package itself."""

    def __init__(self, source: str, content: bytes, base: str) -> None:
        folder = posixpath.dirname(source)
        self.path = posixpath.join(folder, "_rels", f"{posixpath.basename(source)}.rels")
        self._base = base
        self._root, *children = elements(content, 2)
        self._edits = Edits(content)
        self._ids = {child.attributes.get("Id", "") for child in children}
        self.listed = tuple(_relation(child, folder) for child in children)
        self.kinds: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        for relation, child in zip(self.listed, children, strict=True):
            if not relation.is_external:
                self.targets[relation.id] = relation.target
                self.kinds.setdefault(child.attributes.get("Type", ""), relation.target)

    def find(self, kind: str) -> str | None:
        """The path of the first part of a kind such as `comments`."""
        return next((path for type_, path in self.kinds.items() if type_.rpartition("/")[2] == kind), None)

    def add(self, kind: str, target: str) -> str:
        """A new relationship; its id."""
        number = next(number for number in range(1, len(self._ids) + 2) if f"rIdT{number}" not in self._ids)
        new = f"rIdT{number}"
        self._ids.add(new)
        prefix = prefix_at(self._edits.content, self._root.start)
        markup = f'<{prefix}Relationship Id="{new}" Type="{self._base}/{kind}" Target="/{attribute_text(target)}"/>'
        self._edits.append(self._root.start, self._root.close, markup)
        return new

    def drop(self, relation: Relation) -> None:
        """Takes one away."""
        start = relation.element.start
        self._edits.replace(start, start + len(whole(self._edits.content, relation.element)), b"")
        if not relation.is_external:
            self.targets.pop(relation.id, None)
            self.kinds = {type_: path for type_, path in self.kinds.items() if path != relation.target}

    def result(self) -> bytes:
        """The part with what was added, and without what was dropped."""
        return self._edits.result()


def _relation(child: Element, folder: str) -> Relation:
    stands = child.attributes
    target, is_external = stands.get("Target", ""), stands.get("TargetMode", "Internal") != "Internal"
    if not is_external and not target.startswith("#"):
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relation(stands.get("Id", ""), stands.get("Type", "").rpartition("/")[2], target, is_external, child)


class Package:
    """A workbook's parts, read under the archive's limits. Raises NotAReturn for what is damaged or out of bounds."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._changed: dict[str, bytes] = {}
        self._relations: dict[str, Relations] = {}
        self._types = Edits(archive.read_xml(_TYPES).replace(_TEMPLATE_TYPE.encode(), _SHEET_TYPE.encode()))
        self._types_root, *self._declared = elements(self._types.content, 2)
        self._taken = {name.lower() for name in archive.names}
        self._kept = archive.names
        self.base = ""
        office = next((t for t in self.relations("").kinds if t.endswith("/officeDocument")), None)
        if office is None:
            raise Unmarkable
        self.base = office.removesuffix("/officeDocument")
        self.book = self.relations("").kinds[office]
        self.main = _STRICT if self.base.startswith("http://purl.oclc.org/") else _TRANSITIONAL

    @property
    def names(self) -> frozenset[str]:
        """The names of the parts that came with the file and are kept."""
        return self._kept

    def keep(self, names: Iterable[str]) -> None:
        """Leaves out all parts but these, what they point with, and what is added."""
        sources = ["", *names]
        self._kept &= {*sources, _TYPES, *(self.relations(source).path for source in sources)}
        for name in self._archive.names - self._kept:
            self._changed.pop(name, None)
        for declared in self._declared:
            path = declared.attributes.get("PartName")
            if path is not None and path.lstrip("/") not in self._kept:
                self._types.replace(declared.start, declared.start + len(whole(self._types.content, declared)), b"")

    def declared_as(self, path: str) -> str:
        """The content type of a part: its own, or its extension's; empty where there is none."""
        extension = path.rpartition(".")[2].lower()
        usual = ""
        for declared in self._declared:
            stands = declared.attributes
            if stands.get("PartName", "").lstrip("/").lower() == path.lower():
                return stands.get("ContentType", "")
            if stands.get("Extension", "").lower() == extension:
                usual = stands.get("ContentType", "")
        return usual

    def part(self, source: str, kind: str) -> str | None:
        """The path of the first part of a kind that a part points to. Raises Unmarkable where it is not there."""
        path = self.relations(source).find(kind)
        if path is not None and path not in self._kept:
            raise Unmarkable
        return path

    def read(self, path: str) -> bytes:
        """A part that is XML, as it stands now."""
        if path not in self._changed:
            self._changed[path] = self._archive.read_xml(path)
        return self._changed[path]

    def read_raw(self, path: str) -> bytes:
        """A part that need not be well-formed, as it stands now."""
        if path not in self._changed:
            self._changed[path] = self._archive.read(path)
        return self._changed[path]

    def write(self, path: str, content: bytes) -> None:
        """A part's new content."""
        self._changed[path] = content

    def relations(self, source: str) -> Relations:
        """What a part points to."""
        if source not in self._relations:
            path = Relations(source, _NO_RELATIONS, "").path
            content = self._archive.read_xml(path) if path in self._archive.names else _NO_RELATIONS
            self._relations[source] = Relations(source, content, self.base)
        return self._relations[source]

    def add(self, path: str, content: bytes, content_type: str) -> str:
        """A new part, at a path with a number put in for {} where it is taken; the path that it got."""
        new = self.add_undeclared(path, content)
        self._declare(f'Override PartName="/{new}" ContentType="{content_type}"')
        return new

    def add_undeclared(self, path: str, content: bytes) -> str:
        """The same, for a part whose extension says what it is."""
        numbers = ("", *range(1, len(self._taken) + 2))
        new = next(name for number in numbers if (name := path.format(number)).lower() not in self._taken)
        self._taken.add(new.lower())
        self._changed[new] = content
        return new

    def declare_default(self, extension: str, content_type: str) -> None:
        """What files with an extension are, unless that is declared already."""
        if not any(d.attributes.get("Extension", "").lower() == extension for d in self._declared):
            self._declare(f'Default Extension="{extension}" ContentType="{content_type}"')
            self._declared.append(Element("Default", {"Extension": extension}, 0, 2))

    def _declare(self, what: str) -> None:
        prefix = prefix_at(self._types.content, self._types_root.start)
        self._types.append(self._types_root.start, self._types_root.close, f"<{prefix}{what}/>")

    def packed(self) -> bytes:
        """The workbook as a file: the same parts give the same bytes."""
        for relations in self._relations.values():
            if relations.path in self._kept or len(relations.result()) > len(_NO_RELATIONS):
                self._changed[relations.path] = relations.result()
        self._changed[_TYPES] = self._types.result()
        rest = sorted((self._kept | self._changed.keys()) - {_TYPES})
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
            for name in (_TYPES, *rest):
                content = self._changed[name] if name in self._changed else self._archive.read(name)
                entry = zipfile.ZipInfo(name, _DAY_ONE)
                entry.create_system = 0
                target.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
        return out.getvalue()
