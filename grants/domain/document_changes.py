"""What differs between the milestones, assets and declarations of two versions of a return."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct, structs

from grants.domain.return_documents import Asset, Declaration, Documents, MilestoneReport

T = TypeVar("T", bound=Struct)


class MilestoneChange(Struct, frozen=True):
    """A milestone that was added, removed or told of differently. `fields` are those that differ."""

    fields: list[str]
    before: MilestoneReport | None
    after: MilestoneReport | None


class AssetChange(Struct, frozen=True):
    """An asset, in the same way."""

    fields: list[str]
    before: Asset | None
    after: Asset | None


class DeclarationChange(Struct, frozen=True):
    """A declaration, in the same way."""

    fields: list[str]
    before: Declaration | None
    after: Declaration | None


class DocumentChanges(Struct, frozen=True):
    """All of them."""

    milestones: list[MilestoneChange]
    assets: list[AssetChange]
    declarations: list[DeclarationChange]


def changed_documents(before: Documents, after: Documents) -> DocumentChanges:
    """What differs; where it was typed does not count. A milestone is known by its title, an asset by its line and serial number."""
    return DocumentChanges(
        [
            MilestoneChange(*one)
            for one in _changes(before.milestones, after.milestones, lambda one: _folded(one.title))
        ],
        [AssetChange(*one) for one in _changes(before.assets, after.assets, _asset_key)],
        [DeclarationChange(*one) for one in _changes(before.declarations, after.declarations, lambda one: one.key)],
    )


def _asset_key(asset: Asset) -> Hashable:
    known = (_folded(asset.reference), _folded(asset.serial))
    return known if any(known) else _folded(asset.description)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _changes(
    before: Iterable[T], after: Iterable[T], key: Callable[[T], Hashable]
) -> Iterator[tuple[list[str], T | None, T | None]]:
    """Pairs of the same key, in order where several share one; the later version's first."""
    was, now = _numbered(before, key), _numbered(after, key)
    for name in dict.fromkeys([*now, *was]):
        one, other = was.get(name), now.get(name)
        fields = [] if one is None or other is None else _differing(one, other)
        if fields or one is None or other is None:
            yield fields, one, other


def _numbered(found: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, T]:
    seen: Counter[Hashable] = Counter()
    numbered: dict[Hashable, T] = {}
    for one in found:
        name = key(one)
        numbered[name, seen[name]] = one
        seen[name] += 1
    return numbered


def _differing(before: Struct, after: Struct) -> list[str]:
    was, now = structs.asdict(before), structs.asdict(after)
    return [name for name in was if name != "cell" and was[name] != now[name]]
