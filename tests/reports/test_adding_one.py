"""The report of docs/reports.md, typed in as it stands there: it is made, accessible, traced, and needs nothing else."""

import re
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from grants.actions.people import SCHEDULER
from grants.domain.decisions import Pay
from grants.domain.schedules import Filters
from grants.store.ledger import head
from grants.store.transaction import Gate
from reports.making import Order, make
from reports.report import Report
from tests.grants.actions.cast import decide
from tests.reports.accessibility import problems
from tests.reports.ledger import AWARD, Record
from tests.reports.sheets import table
from tests.reports.waking import SIGNER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reports.md"


def _typed_in(folder: Path) -> Report:
    part = PAGE.read_text(encoding="utf-8").split("## Adding a report\n")[1]
    code = re.findall(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[0]
    (folder / "paid_by_award.py").write_text(code, encoding="utf-8")
    spec = spec_from_file_location("paid_by_award", folder / "paid_by_award.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.REPORT
    assert isinstance(found, Report)
    return found


async def test_one_file_is_a_whole_report(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    paid = Pay(AWARD, "2025-26", 50_000_00, date(2025, 4, 2), instalment=1)
    await decide(gate, record.stage.lead, record.stage.approver, paid)
    (tmp_path / "made").mkdir()
    async with gate.reading(SCHEDULER) as view:
        order = Order(_typed_in(tmp_path), Filters(), await head(view.db), ("xlsx", "csv", "ods"), SIGNER)
        files = await make(view.db, order, tmp_path / "made")
    path = files.files["xlsx"]
    [row] = table(path, "Paid")
    assert (row["Award"], row["Paid"]) == (AWARD, 50_000)
    [source] = [one for one in table(path, "Sources") if one["Adds to the figure"]]
    assert source["Figure"].startswith(f"paid:award:{AWARD}:2025-26:rdel_programme@")
    assert source["Adds to the figure"] == 50_000
    assert problems(path) == []
