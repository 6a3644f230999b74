"""The terms that awards had, version by version: what a variation is held against."""

import msgspec

from grants.domain.awards import AwardTerms
from grants.store.transaction import Db


async def terms_by_version(db: Db) -> dict[tuple[str, int], AwardTerms]:
    """The terms of every award that were ever agreed, by reference and version. A version never changes."""
    rows = await db.fetch("SELECT award, version, terms::text AS terms FROM award_terms ORDER BY award, version")
    return {(row["award"], row["version"]): msgspec.json.decode(row["terms"], type=AwardTerms) for row in rows}
