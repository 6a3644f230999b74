"""Small registers that the reader reads before anybody's: all that reading them needs is loaded by then."""

from typing import Final

from grants.domain.registers import RegisterKind
from importers.registers.asking import RegisterRequest

_AWARDS: Final = (
    b"Award reference,Funding line,Recipient identifier,Purpose,Start date,End date,Financial year,Cost category,"
    b"Resource or capital,Amount\nA-1,L-1,R-01,P,01/04/2025,31/03/2026,2025-26,Staff pay,Resource,1.50\n,,,,,,,,total,1.50\n"
)
_PAYMENTS: Final = b"Award reference,Payment date,Amount\nA-1,1 April 2025,x\nA-1,01/04/2025,1.50\n"
REGISTERS: Final = (RegisterRequest(_AWARDS, RegisterKind.AWARDS), RegisterRequest(_PAYMENTS, RegisterKind.PAYMENTS))
