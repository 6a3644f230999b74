-- What PostgreSQL itself guards: numbers without gaps, limits, and records that nobody changes. Steps are parted by "-- next".
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the records in % are never changed or removed: add a new one', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
-- next
CREATE FUNCTION journal_numbers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE journal_head SET last_no = last_no + 1 RETURNING last_no INTO NEW.number;
    RETURN NEW;
END $$
-- next
CREATE TRIGGER numbers BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_numbers()
-- next
CREATE FUNCTION ledger_queue() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT last_no FROM ledger_head FOR UPDATE
$$
-- next
CREATE FUNCTION position_moves(account_name text, other_name text, of_kind text, change bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own text := split_part(account_name, ':', 1);
    other text := split_part(other_name, ':', 1);
    from_upstream boolean := CASE own
        WHEN 'line' THEN other IN ('source', 'line')
        WHEN 'award' THEN other = 'line'
        WHEN 'held' THEN other = 'award'
        ELSE true END;
BEGIN
    INSERT INTO position (account, budget_kind, kind, owner, year, balance_pence, funded_pence)
        VALUES (account_name, of_kind, own, split_part(account_name, ':', 2), split_part(account_name, ':', 3), 0, 0)
        ON CONFLICT DO NOTHING;
    UPDATE position SET balance_pence = balance_pence + change,
                        funded_pence = funded_pence + CASE WHEN from_upstream THEN change ELSE 0 END
        WHERE account = account_name AND budget_kind = of_kind;
END $$
-- next
CREATE FUNCTION cover_moves(account_name text, other_name text, of_kind text, change bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own text := split_part(account_name, ':', 1);
    promised bigint := CASE WHEN own = 'award' AND other_name LIKE 'line:%' THEN change ELSE 0 END;
    accounted bigint := CASE WHEN own = 'spent' THEN change ELSE 0 END;
BEGIN
    IF promised = 0 AND accounted = 0 THEN
        RETURN;
    END IF;
    INSERT INTO award_cover (award, budget_kind, awarded_pence, spent_pence)
        VALUES (split_part(account_name, ':', 2), of_kind, 0, 0) ON CONFLICT DO NOTHING;
    UPDATE award_cover SET awarded_pence = awarded_pence + promised, spent_pence = spent_pence + accounted
        WHERE award = split_part(account_name, ':', 2) AND budget_kind = of_kind;
END $$
-- next
CREATE FUNCTION entry_enters() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    next_no bigint;
    left_over bigint;
BEGIN
    UPDATE ledger_head SET last_no = last_no + 1 RETURNING last_no INTO next_no;
    IF NEW.number <> next_no THEN
        RAISE EXCEPTION 'entry % is out of order: the next is %', NEW.number, next_no USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.reverses IS NOT NULL AND NOT EXISTS (
        SELECT FROM entry WHERE number = NEW.reverses AND reverses IS NULL AND kind = NEW.kind AND source = NEW.target
            AND target = NEW.source AND pence = NEW.pence AND budget_kind = NEW.budget_kind AND year = NEW.year
            AND category IS NOT DISTINCT FROM NEW.category
    ) THEN
        RAISE EXCEPTION 'entry % is no mirror of %', NEW.number, NEW.reverses USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM position_moves(NEW.source, NEW.target, NEW.budget_kind, -NEW.pence);
    PERFORM position_moves(NEW.target, NEW.source, NEW.budget_kind, NEW.pence);
    PERFORM cover_moves(NEW.source, NEW.target, NEW.budget_kind, -NEW.pence);
    PERFORM cover_moves(NEW.target, NEW.source, NEW.budget_kind, NEW.pence);
    IF NEW.kind = 'recover' AND NEW.reverses IS NULL THEN
        SELECT balance_pence INTO left_over FROM position WHERE account = NEW.source AND budget_kind = NEW.budget_kind;
        IF left_over < 0 THEN
            RAISE EXCEPTION 'more is recovered than is held' USING ERRCODE = 'check_violation', CONSTRAINT = 'recover_within_held';
        END IF;
    END IF;
    RETURN NULL;
END $$
-- next
-- After, not before: an INSERT … ON CONFLICT DO NOTHING would move the positions and enter nothing.
CREATE TRIGGER enters AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_enters()
-- next
CREATE FUNCTION entry_decided() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.decision_id IS NOT NULL AND NOT EXISTS (SELECT FROM decision WHERE id = NEW.decision_id AND state = 'approved') THEN
        RAISE EXCEPTION 'entry % has no approved decision', NEW.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
-- next
CREATE CONSTRAINT TRIGGER decided AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_decided()
-- next
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['entry', 'journal', 'return_event', 'award_terms', 'payment', 'workbook', 'spend_line', 'forecast', 'report_file']
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['decision', 'award', 'spend_return', 'return_version', 'return_problem', 'report_run', 'report_attempt',
                                'report_schedule', 'collection_round', 'person', 'role_grant', 'api_token', 'recipient', 'programme',
                                'funding_line', 'milestone', 'history_event', 'position', 'award_cover', 'ledger_head', 'journal_head']
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    END LOOP;
END $$
-- next
CREATE FUNCTION decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['state', 'decided_by', 'decided_at', 'decision_reason'];
BEGIN
    IF OLD.state <> 'proposed' OR to_jsonb(NEW) - decided IS DISTINCT FROM to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'a decision is decided once and its terms never change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
-- next
CREATE TRIGGER stands BEFORE UPDATE ON decision FOR EACH ROW EXECUTE FUNCTION decision_stands()
-- next
INSERT INTO ledger_head (single, last_no) VALUES (true, 0)
-- next
INSERT INTO journal_head (single, last_no) VALUES (true, 0)
-- next
GRANT USAGE ON SCHEMA public TO tallystick_service
-- next
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO tallystick_service
-- next
REVOKE INSERT ON position, award_cover, ledger_head, journal_head, alembic_version FROM tallystick_service
-- next
GRANT UPDATE ON decision, award, spend_return, return_version, report_run, report_attempt, report_schedule, collection_round, funding_line,
    milestone, person, role_grant, api_token, idempotent_answer TO tallystick_service
-- next
GRANT UPDATE (reason, reason_by) ON return_problem TO tallystick_service
-- next
GRANT DELETE ON idempotent_answer TO tallystick_service
-- next
REVOKE ALL ON FUNCTION position_moves(text, text, text, bigint), cover_moves(text, text, text, bigint) FROM PUBLIC
