"""A small extract, read once before strangers' are: what is loaded late is loaded by then."""

from typing import Final

from msgspec import msgpack, structs

from grants.domain.awards import CostCategory
from grants.domain.matchings import CodeMeaning
from importers.answer import CheckRequest, MatchRequest
from importers.limits import Limits
from importers.matching.reading import read_extract, suggest_for
from importers.workbook import read_workbook

_EXTRACT: Final = b"""Date,Account Code,Account Name,Reference,Supplier,Narrative,Amount
31/07/2025,1001,Salaries,1,Payroll,July,100.50
01/08/2025,2040,Rail travel,2,Trains,Fares,20.10
,,,,,Total,120.60
"""


def warm(limits: Limits) -> None:
    """Suggests a matching for the extract, and reads it by that."""
    suggestion = suggest_for(MatchRequest(_EXTRACT), limits)
    msgpack.encode(suggestion)
    codes = {"1001": CodeMeaning(CostCategory.STAFF_PAY), "2040": CodeMeaning(CostCategory.TRAVEL)}
    request = CheckRequest(_EXTRACT, matching=structs.replace(suggestion.matching, codes=codes))
    read_extract(request, read_workbook(_EXTRACT, (), limits), limits)
