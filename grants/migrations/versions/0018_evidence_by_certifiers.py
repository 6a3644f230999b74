"""Certifiers attach evidence too."""

from pathlib import Path

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0018_evidence_by_certifiers.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0018_evidence_by_certifiers.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))
