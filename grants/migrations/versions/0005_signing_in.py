"""What proves who somebody is: passwords, second factors, providers, invitations and sessions."""

from pathlib import Path

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes of sql/0005_signing_in.sql."""
    script = Path(__file__).resolve().parent.parent / "sql" / "0005_signing_in.sql"
    for step in script.read_text(encoding="utf-8").split("-- next\n"):
        op.execute(step.strip().replace(":", r"\:"))
