"""Examples in the API's description: one for each body that is sent, each of them one that the service takes."""

from typing import Any, Final

_TERMS: Final[dict[str, Any]] = {
    "purpose": "A local inquiry into group-based child sexual exploitation",
    "start": "2025-04-01",
    "end": "2026-03-31",
    "budget": [
        {"year": "2025-26", "category": "staff_pay", "pence": 12_000_000},
        {"year": "2025-26", "category": "victim_and_survivor_support", "pence": 8_000_000},
    ],
    "legal_basis": "LGA2003_s31",
    "payment_basis": "arrears",
    "certifier_role": "Section 151 officer",
}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "AllocationBody": {
        "movement": "allocate",
        "year": "2025-26",
        "pence": 50_000_000,
        "reason": "Announced on 8 April 2025",
    },
    "VirementBody": {
        "from_line": "AUDIT-PANEL",
        "to_line": "LOCAL-INQUIRIES",
        "year": "2025-26",
        "pence": 10_000_000,
        "reason": "The audit cost less than was planned",
    },
    "ReversalBody": {"reason": "Allocated twice by mistake"},
    "NewRecipient": {
        "id": "GB-CHC-1234567",
        "name": "A charity that supports survivors",
        "kind": "charity",
        "identifiers": {"GB-CHC": "1234567"},
    },
    "AwardBody": {
        "reference": "LI-OLDHAM-09",
        "funding_line": "LOCAL-INQUIRIES",
        "recipient_id": "GB-LAE-OLD",
        "terms": _TERMS,
        "reason": "The council's bid was assessed on 2 May 2025",
    },
    "VariationBody": {"terms": _TERMS, "reason": "The inquiry asked for more support for survivors"},
    "WithdrawalBody": {"reason": "The council no longer holds an inquiry"},
    "PaymentBody": {
        "year": "2025-26",
        "pence": 123_410,
        "paid_on": "2025-11-14",
        "claim": "2025-26-Q2",
        "reason": "The accepted return for the quarter",
    },
    "RecoveryBody": {"pence": 5_000, "recovered_on": "2025-11-14", "reason": "An ineligible purchase, paid back"},
    "ReviewBody": {
        "year": "2025-26",
        "outcome": "continue",
        "reason": "Spend is close to its profile, and the inquiry reports on time",
    },
    "AwardMoveBody": {"state": "active", "reason": "The grant agreement is signed"},
    "DecisionBody": {"reason": "Within the delegated limit"},
    "LoadApproval": {"reason": "Checked against the signed agreements"},
    "MessageBody": {"message": "Please explain line 12"},
    "AcceptanceBody": {"message": "Agreed with the supporting evidence"},
    "ReasonsBody": {"reasons": [{"problem": 1, "reason": "The invoice was paid in the next quarter"}]},
    "Certificate": {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True},
    "NewPerson": {
        "email": "olive.officer@example.org",
        "name": "Olive Officer",
        "roles": [{"role": "finance_officer", "over": ["GB-LAE-OLD"]}],
    },
    "NewRole": {"role": "certifier", "over": ["GB-LAE-OLD"], "reason": "Deputy for the section 151 officer"},
    "InvitationBody": {"purpose": "join"},
    "AccessBody": {"reason": "Has left the council"},
    "Matching": {
        "sheet": "Extract",
        "headings": ["trans date", "account code", "narrative", "supplier name", "document ref", "debit", "credit"],
        "columns": {
            "spent_on": "A",
            "code": "B",
            "description": "C",
            "payee": "D",
            "reference": "E",
            "debit": "F",
            "credit": "G",
        },
        "sign": "debit_and_credit",
        "date_order": "day_first",
        "codes": {"1001": {"category": "staff_pay", "budget_kind": "resource"}, "9001": {"category": None}},
        "constants": {"payee": "Payroll"},
        "outside_period": "problem",
    },
    "NewRound": {"programme": "ACTION-PLAN", "period": "2025-26-Q2", "due_on": "2025-10-31"},
}
