-- PostgreSQL shows and takes only rows that whoever asks may see. Who asks, each transaction tells in settings that end with it
-- (grants/store/row_security.py). What is told is asked once a statement, not once a row. Steps are parted by "-- next".
CREATE FUNCTION acting_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tallystick.person', true), '')::uuid
-- next
CREATE FUNCTION is_known() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(acting_person() <> '00000000-0000-0000-0000-000000000000', false)
-- next
CREATE FUNCTION is_signing_in() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('tallystick.way', true) = 'sign_in', false)
-- next
CREATE FUNCTION is_able(deed text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(deed = ANY (nullif(current_setting('tallystick.powers', true), '')::text[]), false)
-- next
CREATE FUNCTION is_over_all(which text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('tallystick.' || which, true) = '*', false)
-- next
CREATE FUNCTION is_over(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN coalesce(current_setting('tallystick.' || which, true), '') IN ('', '*') THEN '{}'
        ELSE current_setting('tallystick.' || which, true) END::text[]
-- next
CREATE FUNCTION sees_all_awards() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN is_over_all('programmes') OR is_over_all('recipients')
-- next
CREATE FUNCTION is_funder() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN is_over_all('programmes') OR cardinality(is_over('programmes')) > 0
-- next
-- What an account belongs to: line:CAID of line:CAID:2025-26, held:LI-OLDHAM-01, and nothing in particular of source and returned.
CREATE FUNCTION holder_of(account text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN split_part(account, ':', 1) || ':' || split_part(account, ':', 2)
-- next
-- These look below the rules that they are made for, so that no rule asks for itself. They give names and numbers alone.
CREATE FUNCTION own_lines() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT code FROM funding_line WHERE (SELECT is_over_all('programmes')) OR programme = ANY ((SELECT is_over('programmes'))::text[]));
END $$
-- next
CREATE FUNCTION own_awards() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT reference FROM award WHERE funding_line = ANY ((SELECT own_lines())::text[]));
END $$
-- next
CREATE FUNCTION awarded_lines() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT funding_line FROM award
        WHERE (SELECT is_over_all('recipients')) OR recipient_id = ANY ((SELECT is_over('recipients'))::text[]));
END $$
-- next
CREATE FUNCTION seen_awards() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT reference FROM award WHERE (SELECT sees_all_awards())
        OR recipient_id = ANY ((SELECT is_over('recipients'))::text[]) OR funding_line = ANY ((SELECT own_lines())::text[]));
END $$
-- next
CREATE FUNCTION seen_returns() RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT id FROM spend_return WHERE award = ANY ((SELECT seen_awards())::text[]));
END $$
-- next
CREATE FUNCTION seen_versions() RETURNS bigint[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT v.id FROM return_version v JOIN spend_return r ON r.id = v.return_id
        WHERE r.award = ANY ((SELECT seen_awards())::text[]));
END $$
-- next
CREATE FUNCTION holders(lines text[], awards text[]) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'line:' || code FROM unnest(lines) code UNION ALL
    SELECT kind || ':' || reference FROM unnest(awards) reference, unnest(ARRAY['award', 'held', 'spent']) kind;
END
-- next
-- Asked before anybody is known, or where a figure needs the place of what its reader may not see; no row gives more away.
CREATE FUNCTION entry_place(entry_no bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT journal_no FROM entry WHERE number = entry_no
$$
-- next
CREATE FUNCTION journal_trees(numbers bigint[]) RETURNS TABLE (number bigint, tree bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT j.number, j.tree FROM journal j WHERE j.number = ANY (numbers)
$$
-- next
-- A decision over two programmes is shown to the first one's people: what else it touches decides whether they may decide it.
CREATE FUNCTION programme_of_line(line text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT programme FROM funding_line WHERE code = line
$$
-- next
-- A name is taken once for all programmes, also where whoever wants it may not see who has it.
CREATE FUNCTION is_taken(kind text, name text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE kind WHEN 'award' THEN EXISTS (SELECT FROM award WHERE reference = name)
        WHEN 'funding_line' THEN EXISTS (SELECT FROM funding_line WHERE code = name) END
$$
-- next
CREATE FUNCTION last_place() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(max(place), 0) FROM funding_line
$$
-- next
CREATE FUNCTION forget_answers(before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM idempotent_answer WHERE created_at < before
$$
-- next
REVOKE DELETE ON idempotent_answer FROM tallystick_service
-- next
-- COPY does not go into a table with such rules, so lines arrive in a table that the connection keeps, empty after each transaction.
-- The owner makes it, since the service may make nothing.
CREATE FUNCTION lines_arrive() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regclass('pg_temp.arriving_line') IS NULL THEN
        CREATE TEMPORARY TABLE arriving_line ON COMMIT DELETE ROWS AS
            SELECT row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence, vat_pence, accrual, evidence,
                fingerprint FROM spend_line WITH NO DATA;
        GRANT SELECT, INSERT ON pg_temp.arriving_line TO tallystick_service;
    ELSIF EXISTS (SELECT FROM pg_temp.arriving_line) THEN
        TRUNCATE pg_temp.arriving_line;
    END IF;
END $$
-- next
-- One row a table: what the service is shown, and what it may add or change a row to (NULL: nothing).
-- Nobody has a policy who is not named here: neither their rows nor their writes pass.
DO $rules$
DECLARE
    programmes text := '(SELECT is_over_all(''programmes''))';
    awards text := '(SELECT sees_all_awards())';
    by_programme text := programmes || ' OR programme = ANY ((SELECT is_over(''programmes''))::text[])';
    by_line text := programmes || ' OR funding_line IN (SELECT unnest(own_lines()))';
    by_award text := awards || ' OR award IN (SELECT unnest(seen_awards()))';
    of_own_award text := programmes || ' OR award IN (SELECT unnest(own_awards()))';
    by_return text := awards || ' OR return_id IN (SELECT unnest(seen_returns()))';
    by_version text := awards || ' OR version_id IN (SELECT unnest(seen_versions()))';
    by_account text := '%1$s OR holder_of(source) IN (SELECT holders(own_lines(), %2$s())) OR holder_of(target) IN (SELECT holders(own_lines(), %2$s()))';
    by_filter text := programmes || ' OR filters ->> ''programme'' = ANY ((SELECT is_over(''programmes''))::text[])';
    by_run text := programmes || ' OR EXISTS (SELECT FROM report_run r WHERE r.id = run_id)';
    oneself text := 'person_id = (SELECT acting_person())';
    manager text := '(SELECT is_able(''manage_people''))';
    overseer text := '(SELECT is_able(''see_people''))';
    known text := '(SELECT is_known())';
    signing_in text := '(SELECT is_signing_in())';
    to_sign_in text := oneself || ' OR ' || manager || ' OR ' || signing_in;
    rule record;
BEGIN
    FOR rule IN SELECT * FROM (VALUES
        ('alembic_version', 'true', NULL),
        ('ledger_head', 'true', NULL),
        ('journal_head', 'true', NULL),
        ('programme', known, '(SELECT is_able(''load_plan''))'),
        ('recipient', known, '(SELECT is_able(''add_recipient''))'),
        ('funding_line', by_programme || ' OR code IN (SELECT unnest(awarded_lines()))', by_programme),
        ('milestone', by_programme, by_programme),
        ('history_event', by_programme, by_programme),
        ('decision', by_programme || ' OR recipient_id = ANY ((SELECT is_over(''recipients''))::text[]) OR ' || awards
            || ' AND recipient_id IS NOT NULL', by_programme),
        ('award', awards || ' OR recipient_id = ANY ((SELECT is_over(''recipients''))::text[]) OR ' || by_line, by_line),
        ('award_terms', by_award, of_own_award),
        ('payment', by_award, of_own_award),
        ('forecast', by_award, of_own_award),
        ('award_cover', by_award, NULL),
        ('position', programmes || ' OR kind || '':'' || owner IN (SELECT holders(own_lines(), seen_awards()))'
            || ' OR kind IN (''source'', ''returned'') AND (SELECT is_funder())', NULL),
        ('entry', format(by_account, programmes, 'seen_awards'), format(by_account, programmes, 'own_awards')),
        ('collection_round', by_programme, by_programme),
        ('spend_return', by_award, by_award),
        ('return_version', by_return, by_return),
        ('return_event', by_return, by_return),
        ('workbook', by_version, by_version),
        ('return_problem', by_version, by_version),
        ('spend_line', by_version, by_version),
        ('report_schedule', by_filter, by_filter),
        ('report_run', by_filter, by_filter),
        ('report_attempt', by_run, by_run),
        ('report_file', by_run, by_run),
        ('journal', programmes || ' AND (SELECT is_able(''see_journal'')) OR subject_kind = ''plan'' AND (SELECT is_able(''load_plan''))', oneself),
        ('person', known || ' OR ' || signing_in, manager),
        ('role_grant', to_sign_in || ' OR ' || overseer, manager || ' AND (ended_at IS NOT NULL OR person_id <> (SELECT acting_person()))'),
        ('api_token', oneself || ' OR ' || manager || ' OR ' || overseer, oneself || ' OR ' || manager),
        ('credential', to_sign_in, to_sign_in),
        ('recovery_code', to_sign_in, to_sign_in),
        ('provider_identity', to_sign_in, to_sign_in),
        ('invitation', to_sign_in, to_sign_in),
        ('session', to_sign_in || ' OR ' || overseer, to_sign_in),
        ('sign_in_try', signing_in, signing_in),
        ('provider_flow', signing_in, signing_in),
        ('request_budget', oneself, oneself),
        ('idempotent_answer', oneself, oneself)
    ) AS rules (name, seen, kept)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', rule.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', rule.name);
        -- The owner migrates, and is who triggers and the functions above run as.
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', rule.name);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO tallystick_service USING (%s)', rule.name, rule.seen);
        IF rule.kept IS NOT NULL THEN
            EXECUTE format('CREATE POLICY added ON %I FOR INSERT TO tallystick_service WITH CHECK (%s)', rule.name, rule.kept);
            EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE TO tallystick_service USING (%s) WITH CHECK (%s)', rule.name, rule.seen, rule.kept);
        END IF;
        IF has_table_privilege('tallystick_service', format('public.%I', rule.name), 'DELETE') THEN
            EXECUTE format('CREATE POLICY removed ON %I FOR DELETE TO tallystick_service USING (%s)', rule.name, rule.kept);
        END IF;
    END LOOP;
END $rules$
