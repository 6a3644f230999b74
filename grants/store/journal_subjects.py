"""What the subjects of the journal's records are called, where the record itself has only an identifier of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from grants.store.transaction import Db

Subject = tuple[str, str]
"""A subject's kind and its name in the journal."""


class Known(NamedTuple):
    """What is known of a subject: a name (of a decision its kind), what it is about, a period's code, and its own identifier."""

    name: str
    about: str | None = None
    period: str | None = None
    id: str | None = None


# Whoever reads the journal sees no sessions, tokens and links: whose they are, their records tell.
_OF_SOMEBODY: Final = """
    SELECT DISTINCT ON (j.subject) j.subject, p.name, NULL AS about, NULL AS period, NULL AS id FROM journal j
    JOIN person p ON p.id = coalesce((j.after ->> 'person')::uuid, j.person_id)
    WHERE j.subject_kind = '{kind}' AND j.subject = ANY($1) ORDER BY j.subject, j.number
"""
_OF_RETURN: Final = """
    SELECT wanted.name AS subject, r.award AS name, NULL AS about, r.period, r.id::text AS id FROM unnest($1::text[]) AS wanted (name)
    JOIN spend_return r ON r.award = split_part(wanted.name, '/', 1) AND r.period = split_part(wanted.name, '/', 2)
"""
_BY_KIND: Final[Mapping[str, str]] = {
    "decision": "SELECT id::text AS subject, kind AS name, number::text AS about, NULL AS period, id::text AS id FROM decision "
    "WHERE id = ANY($1::uuid[])",
    "evidence": _OF_RETURN,
    "invitation": _OF_SOMEBODY.format(kind="invitation"),
    "matching": "SELECT wanted.name AS subject, r.name, NULL AS about, NULL AS period, r.id FROM unnest($1::text[]) AS wanted (name) "
    "JOIN recipient r ON r.id = split_part(wanted.name, '/', 1)",
    "person": "SELECT id::text AS subject, name, NULL AS about, NULL AS period, id::text AS id FROM person WHERE id = ANY($1::uuid[])",
    "recipient": "SELECT id AS subject, name, NULL AS about, NULL AS period, id FROM recipient WHERE id = ANY($1)",
    "register_load": "SELECT id::text AS subject, filename AS name, NULL AS about, NULL AS period, id::text AS id FROM register_load "
    "WHERE id = ANY($1::uuid[])",
    "report_run": "SELECT id::text AS subject, report AS name, NULL AS about, CASE WHEN schedule_id IS NULL THEN filters ->> 'period' "
    "ELSE period END AS period, id::text AS id FROM report_run WHERE id = ANY($1::uuid[])",
    "report_schedule": "SELECT id::text AS subject, title AS name, NULL AS about, NULL AS period, id::text AS id FROM report_schedule "
    "WHERE id = ANY($1::uuid[])",
    "return": _OF_RETURN,
    "round": "SELECT c.id::text AS subject, p.title AS name, NULL AS about, c.period, c.id::text AS id FROM collection_round c "
    "JOIN programme p ON p.code = c.programme WHERE c.id = ANY($1::uuid[])",
    "scan": _OF_RETURN,
    "session": _OF_SOMEBODY.format(kind="session"),
    "token": _OF_SOMEBODY.format(kind="token"),
}
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def known(db: Db, subjects: Iterable[Subject]) -> dict[Subject, Known]:
    """What is known of some subjects, as far as their reader may see it; a few dozen at the most."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, subject in subjects:
        if kind in _BY_KIND and ("::uuid[]" not in _BY_KIND[kind] or _UUID.fullmatch(subject)):
            wanted[kind].add(subject)
    found: dict[Subject, Known] = {}
    for kind, names in wanted.items():
        for row in await db.fetch(_BY_KIND[kind], sorted(names)):
            found[kind, row["subject"]] = Known(row["name"], row["about"], row["period"], row["id"])
    return found
