-- Records say in which role, and commit to every row that their deed wrote. Steps are parted by "-- next".
ALTER TABLE journal ADD COLUMN role text
-- next
-- A record is written when its deed ends, after what names it.
ALTER TABLE entry ALTER CONSTRAINT entry_journal_no_fkey DEFERRABLE INITIALLY DEFERRED
-- next
ALTER TABLE return_event ALTER CONSTRAINT return_event_journal_no_fkey DEFERRABLE INITIALLY DEFERRED
-- next
ALTER TABLE forecast ALTER CONSTRAINT forecast_journal_no_fkey DEFERRABLE INITIALLY DEFERRED
-- next
CREATE FUNCTION sealed(salt bytea, name text, words bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(sha256(salt || convert_to(name, 'UTF8')) || words), 'hex')
$$
-- next
-- Without what is empty, so that a column which is added later changes no row that was there before.
CREATE FUNCTION row_sha256(written jsonb, hidden text[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(jsonb_object_agg(key, value)::text, 'UTF8')) FROM jsonb_each(written) WHERE value <> 'null' AND key <> ALL(hidden)
$$
-- next
CREATE FUNCTION row_name(of_table text, written jsonb, keys text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT of_table || '/' || string_agg(written ->> key, '/' ORDER BY place) FROM unnest(keys) WITH ORDINALITY AS named(key, place)
$$
-- next
CREATE FUNCTION problems_sha256(of_version bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(string_agg(jsonb_strip_nulls(to_jsonb(p))::text, E'\n' ORDER BY number), 'UTF8'))
    FROM public.return_problem p WHERE version_id = of_version
$$
-- next
-- What a transaction has written since its newest journal record: a line for each row, its digest and its name.
CREATE FUNCTION note_rows(lines text) RETURNS void LANGUAGE sql AS $$
    SELECT set_config('tallystick.rows', concat_ws(E'\n', nullif(current_setting('tallystick.rows', true), ''), lines), true)
    WHERE lines IS NOT NULL
$$
-- next
CREATE FUNCTION rows_written() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    keys text[] := string_to_array(TG_ARGV[0], ',');
    hidden text[] := string_to_array(TG_ARGV[1], ',');
    lines text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT string_agg(encode(row_sha256(to_jsonb(n), hidden), 'hex') || row_name(TG_TABLE_NAME, to_jsonb(n), keys), E'\n')
            INTO lines FROM written n;
    ELSE
        SELECT string_agg(encode(row_sha256(changed.new, hidden), 'hex') || row_name(TG_TABLE_NAME, changed.new, keys), E'\n')
            INTO lines FROM (SELECT to_jsonb(n) - hidden AS new FROM written n EXCEPT SELECT to_jsonb(o) - hidden FROM erased o) changed;
    END IF;
    PERFORM note_rows(lines);
    RETURN NULL;
END $$
-- next
-- A version has up to thousands of problems: one digest for all of them, which is made when the record is.
CREATE FUNCTION problems_written() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM note_rows(string_agg(repeat('0', 64) || 'return_problem/' || version_id, E'\n')) FROM (SELECT DISTINCT version_id FROM written) named
        WHERE strpos(coalesce(current_setting('tallystick.rows', true), '') || E'\n', 'return_problem/' || version_id || E'\n') = 0;
    RETURN NULL;
END $$
-- next
-- The rows that a record commits to, as its leaf names them; from then on they are written.
CREATE FUNCTION rows_sealed(salt bytea) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    lines text := nullif(current_setting('tallystick.rows', true), '');
BEGIN
    IF lines IS NULL THEN
        RETURN '{}';
    END IF;
    PERFORM set_config('tallystick.rows', '', true);
    RETURN (
        SELECT '{' || string_agg(to_json(name)::text || ':"' || sealed(salt, name, digest) || '"', ',' ORDER BY name COLLATE "C") || '}'
        FROM (
            SELECT DISTINCT ON (name) name, CASE WHEN starts_with(name, 'return_problem/')
                THEN problems_sha256(split_part(name, '/', 2)::bigint) ELSE decode(left(line, 64), 'hex') END AS digest
            FROM string_to_table(lines, E'\n') WITH ORDINALITY AS noted(line, place), substr(line, 65) AS name
            ORDER BY name, place DESC
        ) newest
    );
END $$
-- next
CREATE FUNCTION rows_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tallystick.rows', true) <> '' THEN
        RAISE EXCEPTION 'a row of % was written and no journal record says so', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
-- next
DO $$
DECLARE
    covered record;
    act text;
BEGIN
    SET LOCAL timezone = 'UTC';
    FOR covered IN SELECT * FROM (VALUES
        ('programme', 'code', ''), ('funding_line', 'code', ''), ('milestone', 'code', ''), ('history_event', 'code', ''), ('recipient', 'id', ''),
        ('award', 'reference', ''), ('award_terms', 'award,version', ''), ('payment', 'id', ''), ('decision', 'id', ''),
        ('collection_round', 'id', ''), ('spend_return', 'id', ''), ('return_version', 'id', 'lease_until'),
        ('return_event', 'return_id,journal_no', ''), ('forecast', 'id', ''), ('report_schedule', 'id', ''), ('person', 'id', ''),
        ('role_grant', 'id', ''), ('return_problem', NULL, NULL)
    ) AS found (name, keys, hidden)
    LOOP
        act := CASE WHEN covered.keys IS NULL THEN 'problems_written()' ELSE format('rows_written(%L, %L)', covered.keys, covered.hidden) END;
        EXECUTE format('CREATE TRIGGER added AFTER INSERT ON %I REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION %s', covered.name, act);
        EXECUTE format('CREATE TRIGGER changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS erased NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION %s', covered.name, act);
        EXECUTE format('CREATE CONSTRAINT TRIGGER recorded AFTER INSERT OR UPDATE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW %s EXECUTE FUNCTION rows_recorded()', covered.name,
            -- Problems come by the thousand, from the first on, or are answered.
            CASE WHEN covered.keys IS NULL THEN 'WHEN (NEW.number = 1 OR NEW.reason IS NOT NULL)' ELSE '' END);
        -- What was there before is committed to below, by one record.
        IF covered.keys IS NULL THEN
            EXECUTE 'SELECT note_rows(string_agg(DISTINCT repeat(''0'', 64) || ''return_problem/'' || version_id, E''\n'')) FROM return_problem';
        ELSE
            EXECUTE format('SELECT note_rows(string_agg(encode(row_sha256(to_jsonb(t), $1), ''hex'') || row_name(%L, to_jsonb(t), $2), E''\n'')) FROM %I t', covered.name, covered.name)
                USING string_to_array(covered.hidden, ','), string_to_array(covered.keys, ',');
        END IF;
    END LOOP;
END $$
-- next
DO $$
DECLARE
    salt bytea := sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
    number bigint := journal_queue();
    person uuid;
BEGIN
    SELECT id INTO person FROM public.person ORDER BY (id = '00000000-0000-0000-0000-000000000002') DESC, id LIMIT 1;
    IF person IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO journal (number, at, person_id, role, deed, subject_kind, subject, request_id, salt, leaf)
    VALUES (number, now(), person, 'administrator', 'seal_rows', 'journal', 'rows', '', salt, format(
        '{"after":null,"at":"%s","before":null,"deed":"seal_rows","entries":[],"number":%s,"person":"%s","reason":null,"request_id":"%s",'
        '"role":"administrator","rows":%s,"subject":"%s","subject_kind":"journal","version":2}',
        to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), number, sealed(salt, 'person', convert_to(person::text, 'UTF8')),
        sealed(salt, 'request_id', ''), rows_sealed(salt), sealed(salt, 'subject', 'rows')
    ));
END $$
