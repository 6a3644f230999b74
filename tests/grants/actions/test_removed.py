"""After a removal: nothing comes back, nothing else goes, unnoticed."""

import pytest

from grants.actions.people import OPERATOR
from grants.actions.retention import apply_retention
from tests.database import Database
from tests.grants.actions import cast
from tests.grants.actions.outlived import faults, tamper
from tests.grants.store.record import connected

NOT_UNNOTICED = {
    "a file that came back": ("UPDATE workbook SET content = 'workbook of LI-OLD-01' WHERE version_id = 1", "was removed, and is there"),
    "evidence that came back": ("UPDATE evidence_content SET content = '%PDF-' WHERE return_id = (SELECT return_id FROM return_version WHERE id = 1)", "was removed, and is there"),
    "evidence of the other award": ("UPDATE evidence_content SET content = '' WHERE return_id = (SELECT return_id FROM return_version WHERE id = 2)", "is not the file that came"),
    "a payee that came back": ("UPDATE spend_line SET payee = 'Rail' WHERE version_id = 1 AND row = 1", "lines of return LI-OLD-01"),
    "another amount": ("UPDATE spend_line SET net_pence = 1 WHERE version_id = 1 AND row = 1", "its entries to 4936"),
    "a reason that came back": ("UPDATE journal SET reason = 'Looks right' WHERE number = {0}", "What is left of journal record {0}"),
    "another person's deed": ("UPDATE journal SET person_id = '00000000-0000-0000-0000-000000000003' WHERE number = {0}", "What is left of journal record {0}"),
    "a salt that came back": ("UPDATE journal SET salt = '\\x00' WHERE number = {0}", "record {0}: what it said was removed, and it has a salt"),
    "another deed": ("UPDATE journal SET deed = 'decide' WHERE number = {0}", "record {0}: its deed"),
    "a name that came back": ("UPDATE return_version SET certified_name = 'Cat' WHERE id = 1", "The row 1 of return_version"),
    "a file of the other award": ("UPDATE workbook SET content = '' WHERE version_id = 2", "The workbook of return LI-NEW-01"),
    "words of the other award": ("UPDATE journal SET salt = '', reason = NULL WHERE subject = 'LI-NEW-01/2025-26-Q1'", "no record of a removal says so"),
    "lines of the other award": ("UPDATE spend_line SET payee = '' WHERE version_id = 2", "The lines of return LI-NEW-01"),
    "a version of the other award": ("UPDATE return_version SET header = '{{}}' WHERE id = 2", "The row 2 of return_version"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), NOT_UNNOTICED.values(), ids=NOT_UNNOTICED.keys())
async def test_after_a_removal_nothing_is_changed_unnoticed(old: Database, change: str, says: str) -> None:
    async with cast.opened(old) as gate:
        await apply_retention(gate, OPERATOR)
        async with connected(old.admin_dsn) as admin:
            number = await admin.fetchval("SELECT max(number) FROM journal WHERE subject LIKE 'LI-OLD-01/%'")
        await tamper(old, change.format(number))
        found = await faults(gate)
    assert any(says.format(number) in fault for fault in found), found
