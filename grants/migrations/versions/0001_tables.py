"""The tables as they were at first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "award_cover",
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("awarded_pence", sa.BigInteger(), nullable=False),
        sa.Column("spent_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("spent_pence <= awarded_pence", name="spent_within_awarded"),
        sa.PrimaryKeyConstraint("award", "budget_kind"),
    )
    op.create_table(
        "journal_head",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name="one_row"),
        sa.PrimaryKeyConstraint("single"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name="one_row"),
        sa.PrimaryKeyConstraint("single"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "position",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("balance_pence", sa.BigInteger(), nullable=False),
        sa.Column("funded_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('source', 'held') OR balance_pence >= 0", name="within_limit"),
        sa.CheckConstraint("kind IN ('source', 'line', 'award', 'held', 'spent', 'returned')", name="kind_known"),
        sa.PrimaryKeyConstraint("account", "budget_kind"),
    )
    op.create_index(op.f("ix_position_owner"), "position", ["owner"], unique=False)
    op.create_table(
        "programme",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "recipient",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("identifiers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('police', 'council', 'charity', 'arms_length_body')", name="kind_known"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_recipient_name"), "recipient", ["name"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index(op.f("ix_api_token_person_id"), "api_token", ["person_id"], unique=False)
    op.create_table(
        "collection_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("frequency IN ('quarterly', 'monthly')", name="frequency_known"),
        sa.CheckConstraint("state IN ('draft', 'scheduled', 'open', 'closed')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programme.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "period", name="one_round_a_period"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=True),
        sa.Column("terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_whole",
        ),
        sa.CheckConstraint(
            "kind IN ('open_plan', 'allocate', 'reduce', 'vire', 'carry_forward', 'award', 'vary', 'withdraw', 'pay', 'recover', 'reverse', 'add_line', 'amend_line', 'amend_milestone')",
            name="kind_known",
        ),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'declined')", name="state_known"),
        sa.CheckConstraint("decided_by IS DISTINCT FROM proposed_by", name="two_people"),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programme.code"],
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_decision_programme"), "decision", ["programme"], unique=False)
    op.create_index(
        "ix_decision_proposed", "decision", ["number"], unique=False, postgresql_where=sa.text("state = 'proposed'")
    )
    op.create_index(op.f("ix_decision_subject"), "decision", ["subject"], unique=False)
    op.create_table(
        "funding_line",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("announced_pence", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("year_basis", sa.Text(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("do_not_publish", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "budget_kind IN ('rdel_programme', 'rdel_admin', 'cdel_programme', 'cdel_admin')", name="budget_kind_known"
        ),
        sa.CheckConstraint("year_basis IN ('stated', 'assumed')", name="year_basis_known"),
        sa.CheckConstraint("announced_pence >= 0", name="announced_not_negative"),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programme.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_funding_line_programme"), "funding_line", ["programme"], unique=False)
    op.create_table(
        "idempotent_answer",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "key"),
    )
    op.create_table(
        "journal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_journal_person_id"), "journal", ["person_id"], unique=False)
    op.create_index("ix_journal_subject", "journal", ["subject_kind", "subject"], unique=False)
    op.create_table(
        "milestone",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Date(), nullable=True),
        sa.Column("forecast", sa.Date(), nullable=True),
        sa.Column("actual", sa.Date(), nullable=True),
        sa.Column("rag", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("rag IN ('green', 'amber', 'red')", name="rag_known"),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programme.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_milestone_programme"), "milestone", ["programme"], unique=False)
    op.create_table(
        "report_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rule", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("over", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('finance_officer', 'certifier', 'programme_lead', 'approver', 'auditor', 'administrator')",
            name="role_known",
        ),
        sa.CheckConstraint("granted_by IS DISTINCT FROM person_id", name="not_by_oneself"),
        sa.ForeignKeyConstraint(
            ["granted_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_role_grant_person", "role_grant", ["person_id"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "award",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("funding_line", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('allocated', 'due_diligence', 'offered', 'agreed', 'active', 'final_return_due', 'reconciled', 'closed', 'suspended', 'withdrawn', 'terminated_early')",
            name="state_known",
        ),
        sa.ForeignKeyConstraint(
            ["funding_line"],
            ["funding_line.code"],
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_award_funding_line"), "award", ["funding_line"], unique=False)
    op.create_index(op.f("ix_award_recipient_id"), "award", ["recipient_id"], unique=False)
    op.create_table(
        "history_event",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=True),
        sa.Column("funding_line", sa.Text(), nullable=True),
        sa.Column("month_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["funding_line"],
            ["funding_line.code"],
        ),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programme.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_history_event_programme"), "history_event", ["programme"], unique=False)
    op.create_table(
        "report_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_no", sa.BigInteger(), nullable=True),
        sa.Column("journal_no", sa.BigInteger(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('due', 'running', 'done', 'failed')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("schedule_id", "period", name="one_run_a_period"),
    )
    op.create_index(
        "ix_report_run_open",
        "report_run",
        ["not_before"],
        unique=False,
        postgresql_where=sa.text("state IN ('due', 'running', 'failed')"),
    )
    op.create_index("ix_report_run_requested", "report_run", ["requested_at"], unique=False)
    op.create_table(
        "award_terms",
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("terms", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["award"],
            ["award.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.PrimaryKeyConstraint("award", "version"),
    )
    op.create_table(
        "report_attempt",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["report_run.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "number"),
    )
    op.create_table(
        "report_file",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["report_run.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "format"),
    )
    op.create_table(
        "spend_return",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'checking', 'has_problems', 'ready_to_certify', 'certifier_declined', 'certified', 'in_review', 'changes_requested', 'accepted', 'reopened')",
            name="state_known",
        ),
        sa.ForeignKeyConstraint(
            ["award"],
            ["award.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["collection_round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("award", "period", name="one_return_a_period"),
    )
    op.create_index(op.f("ix_spend_return_round_id"), "spend_return", ["round_id"], unique=False)
    op.create_index("ix_spend_return_state", "spend_return", ["state"], unique=False)
    op.create_table(
        "return_event",
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("journal_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "deed IN ('upload', 'checked_bad', 'checked_good', 'give_up', 'certify', 'decline_to_certify', 'start_review', 'request_changes', 'accept', 'reopen', 'opened')",
            name="deed_known",
        ),
        sa.CheckConstraint(
            "state IN ('due', 'checking', 'has_problems', 'ready_to_certify', 'certifier_declined', 'certified', 'in_review', 'changes_requested', 'accepted', 'reopened')",
            name="state_known",
        ),
        sa.ForeignKeyConstraint(
            ["journal_no"],
            ["journal.number"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["spend_return.id"],
        ),
        sa.PrimaryKeyConstraint("return_id", "journal_no"),
    )
    op.create_table(
        "return_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("parser_version", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("total_pence", sa.BigInteger(), nullable=False),
        sa.Column("totals", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("forecasts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("header", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("certified_by", sa.Uuid(), nullable=True),
        sa.Column("certified_name", sa.Text(), nullable=True),
        sa.Column("certified_role", sa.Text(), nullable=True),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'checking', 'has_problems', 'ready_to_certify', 'certifier_declined', 'certified', 'in_review', 'changes_requested', 'accepted', 'reopened')",
            name="state_known",
        ),
        sa.CheckConstraint("certified_by IS DISTINCT FROM uploaded_by", name="three_people"),
        sa.ForeignKeyConstraint(
            ["certified_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["spend_return.id"],
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("return_id", "number", name="one_version_a_number"),
    )
    op.create_table(
        "entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pence", sa.BigInteger(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("return_version", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("journal_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'spend') = (category IS NOT NULL)", name="spend_has_category"),
        sa.CheckConstraint(
            "budget_kind IN ('rdel_programme', 'rdel_admin', 'cdel_programme', 'cdel_admin')", name="budget_kind_known"
        ),
        sa.CheckConstraint(
            "category IN ('staff_pay', 'overtime', 'on_costs', 'agency_and_consultancy', 'travel_and_subsistence', 'training', 'equipment', 'ict', 'premises', 'third_party_payments', 'victim_and_survivor_support', 'overheads', 'audit_fee', 'capital', 'other')",
            name="category_known",
        ),
        sa.CheckConstraint(
            "kind IN ('allocate', 'reduce', 'vire', 'carry_forward', 'award', 'vary', 'withdraw', 'pay', 'recover', 'spend')",
            name="kind_known",
        ),
        sa.CheckConstraint(
            "kind || ' ' || (CASE WHEN reverses IS NULL THEN split_part(source, ':', 1) || ' ' || split_part(target, ':', 1) ELSE split_part(target, ':', 1) || ' ' || split_part(source, ':', 1) END) IN ('allocate source line', 'award line award', 'carry_forward line line', 'pay award held', 'recover held returned', 'reduce line source', 'spend held spent', 'spend spent held', 'vary award line', 'vary line award', 'vire line line', 'withdraw award line')",
            name="move_allowed",
        ),
        sa.CheckConstraint("(decision_id IS NULL) <> (return_version IS NULL)", name="one_cause"),
        sa.CheckConstraint(
            "source ~ '^(source|returned|held:[A-Z0-9][A-Z0-9-]{1,39}|(line|award|spent):[A-Z0-9][A-Z0-9-]{1,39}:[0-9]{4}-[0-9]{2})$' AND target ~ '^(source|returned|held:[A-Z0-9][A-Z0-9-]{1,39}|(line|award|spent):[A-Z0-9][A-Z0-9-]{1,39}:[0-9]{4}-[0-9]{2})$'",
            name="accounts_named",
        ),
        sa.CheckConstraint(
            "split_part(source, ':', 1) NOT IN ('award', 'held', 'spent') OR split_part(target, ':', 1) NOT IN ('award', 'held', 'spent') OR split_part(source, ':', 2) = split_part(target, ':', 2)",
            name="one_award",
        ),
        sa.CheckConstraint(
            "CASE WHEN reverses IS NULL THEN year = coalesce(nullif(split_part(source, ':', 3), ''), split_part(target, ':', 3)) AND CASE kind WHEN 'carry_forward' THEN split_part(source, ':', 2) = split_part(target, ':', 2) AND left(split_part(target, ':', 3), 4)::int = left(split_part(source, ':', 3), 4)::int + 1 ELSE split_part(source, ':', 3) = '' OR split_part(target, ':', 3) = '' OR split_part(source, ':', 3) = split_part(target, ':', 3) END ELSE year = coalesce(nullif(split_part(target, ':', 3), ''), split_part(source, ':', 3)) AND CASE kind WHEN 'carry_forward' THEN split_part(target, ':', 2) = split_part(source, ':', 2) AND left(split_part(source, ':', 3), 4)::int = left(split_part(target, ':', 3), 4)::int + 1 ELSE split_part(target, ':', 3) = '' OR split_part(source, ':', 3) = '' OR split_part(target, ':', 3) = split_part(source, ':', 3) END END",
            name="years_kept",
        ),
        sa.CheckConstraint(
            "pence BETWEEN 1 AND 100000000000",
            name="amount_in_range",
        ),
        sa.CheckConstraint("source <> target", name="two_accounts"),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["journal_no"],
            ["journal.number"],
        ),
        sa.ForeignKeyConstraint(
            ["return_version"],
            ["return_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reverses"],
            ["entry.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("reverses"),
    )
    op.create_index(op.f("ix_entry_decision_id"), "entry", ["decision_id"], unique=False)
    op.create_index(op.f("ix_entry_journal_no"), "entry", ["journal_no"], unique=False)
    op.create_index(op.f("ix_entry_return_version"), "entry", ["return_version"], unique=False)
    op.create_index("ix_entry_source", "entry", ["source"], unique=False)
    op.create_index("ix_entry_target", "entry", ["target"], unique=False)
    op.create_table(
        "forecast",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("return_version", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("rest_pence", sa.BigInteger(), nullable=True),
        sa.Column("journal_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["award"],
            ["award.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["journal_no"],
            ["journal.number"],
        ),
        sa.ForeignKeyConstraint(
            ["return_version"],
            ["return_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_forecast_award", "forecast", ["award", "year", "budget_kind", "journal_no"], unique=False)
    op.create_table(
        "return_problem",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason IS NULL OR severity = 'warning'", name="reasons_for_warnings"),
        sa.CheckConstraint("severity IN ('error', 'warning')", name="severity_known"),
        sa.ForeignKeyConstraint(
            ["reason_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["return_version.id"],
        ),
        sa.PrimaryKeyConstraint("version_id", "number"),
    )
    op.create_table(
        "spend_line",
        sa.Column(
            "version_id",
            sa.BigInteger(),
            server_default=sa.text("(current_setting('tallystick.version_id')::bigint)"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("accrual", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "budget_kind IN ('rdel_programme', 'rdel_admin', 'cdel_programme', 'cdel_admin')", name="budget_kind_known"
        ),
        sa.CheckConstraint(
            "category IN ('staff_pay', 'overtime', 'on_costs', 'agency_and_consultancy', 'travel_and_subsistence', 'training', 'equipment', 'ict', 'premises', 'third_party_payments', 'victim_and_survivor_support', 'overheads', 'audit_fee', 'capital', 'other')",
            name="category_known",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["return_version.id"],
        ),
        sa.PrimaryKeyConstraint("version_id", "row"),
    )
    op.create_table(
        "workbook",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["return_version.id"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("budget_kind", sa.Text(), nullable=False),
        sa.Column("pence", sa.BigInteger(), nullable=False),
        sa.Column("instalment", sa.BigInteger(), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "budget_kind IN ('rdel_programme', 'rdel_admin', 'cdel_programme', 'cdel_admin')", name="budget_kind_known"
        ),
        sa.CheckConstraint("(instalment IS NULL) <> (claim IS NULL)", name="profile_or_claim"),
        sa.CheckConstraint("pence > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(
            ["award"],
            ["award.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["claim"],
            ["spend_return.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_no"],
            ["entry.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
        sa.UniqueConstraint("entry_no"),
    )
    op.create_index(op.f("ix_payment_award"), "payment", ["award"], unique=False)
    op.create_index(op.f("ix_payment_claim"), "payment", ["claim"], unique=False)
