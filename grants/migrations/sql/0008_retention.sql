-- What has outlived its years is removed, and nothing else. Steps are parted by "-- next".
ALTER TABLE award ADD COLUMN removed_on date
-- next
-- Whether what goes on is the removal of what has outlived its years, done by the owner's own functions below.
CREATE FUNCTION is_removal() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    calls text;
BEGIN
    GET DIAGNOSTICS calls = PG_CONTEXT;
    RETURN calls ~ '\merase_(award|person)\(' AND (SELECT relowner FROM pg_class WHERE oid = 'public.journal'::regclass) = current_user::regrole;
END $$
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND is_removal() THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the records in % are never changed or removed: add a new one', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
-- next
CREATE OR REPLACE FUNCTION decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['state', 'decided_by', 'decided_at', 'decision_reason'];
    reasons text[] := ARRAY['reason', 'decision_reason'];
BEGIN
    IF is_removal() AND to_jsonb(NEW) - reasons = to_jsonb(OLD) - reasons THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'proposed' OR to_jsonb(NEW) - decided IS DISTINCT FROM to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'a decision is decided once and its terms never change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
-- next
-- The day on which an award's years are over: counted from the end of the financial year, on 31 March, in which it ended.
CREATE FUNCTION retention_ends(of_award text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT make_date(extract(year FROM ended)::int + CASE WHEN extract(month FROM ended) > 3 THEN 1 ELSE 0 END + years, 3, 31)
    FROM (
        SELECT (t.terms ->> 'end')::date AS ended, coalesce((t.terms ->> 'retention_years')::int, 6) AS years
        FROM public.award a JOIN public.award_terms t ON t.award = a.reference AND t.version = a.terms_version
        WHERE a.reference = of_award AND a.state IN ('closed', 'withdrawn') AND a.removed_on IS NULL
    ) terms
$$
-- next
-- Whether somebody left so long ago, did nothing since, and is named in no return whose years are not over.
CREATE FUNCTION person_outlived(of_person uuid, years int) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM public.person WHERE id = of_person AND NOT active AND ended_at < now() - make_interval(years => years)
            AND email NOT LIKE '%@service.invalid'
    ) AND NOT EXISTS (
        SELECT FROM public.journal WHERE person_id = of_person AND at >= now() - make_interval(years => years)
    ) AND NOT EXISTS (
        SELECT FROM public.return_version v JOIN public.spend_return r ON r.id = v.return_id JOIN public.award a ON a.reference = r.award
        WHERE a.removed_on IS NULL AND of_person IN (v.uploaded_by, v.certified_by)
    )
$$
-- next
CREATE FUNCTION note_journal(numbers bigint[]) RETURNS void LANGUAGE sql AS $$
    SELECT note_rows(string_agg(encode(row_sha256(to_jsonb(j), '{salt,leaf,tree}'), 'hex') || 'journal/' || number, E'\n'))
    FROM journal j WHERE number = ANY(numbers)
$$
-- next
-- Records without their salt prove no row any more: what they did prove is committed to again, by the record of the removal.
CREATE FUNCTION lose_salts(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    names text[] := ARRAY(
        SELECT DISTINCT jsonb_object_keys(leaf::jsonb -> 'rows') FROM journal WHERE number = ANY(numbers) AND role IS NOT NULL
    );
    covered record;
BEGIN
    UPDATE journal SET salt = '' WHERE number = ANY(numbers);
    PERFORM note_journal(numbers || ARRAY(SELECT split_part(name, '/', 2)::bigint FROM unnest(names) AS name WHERE starts_with(name, 'journal/')));
    PERFORM note_rows(string_agg(DISTINCT repeat('0', 64) || 'return_problem/' || version_id, E'\n')) FROM return_problem
        WHERE 'return_problem/' || version_id = ANY(names);
    FOR covered IN
        SELECT relname AS name, string_to_array(args[1], ',') AS keys, string_to_array(args[2], ',') AS hidden
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid, string_to_array(encode(tgargs, 'escape'), '\000') AS args
        WHERE tgname = 'added' AND tgfoid = 'rows_written'::regproc
    LOOP
        EXECUTE format(
            'SELECT note_rows(string_agg(encode(row_sha256(to_jsonb(t), $1), ''hex'') || row_name(%1$L, to_jsonb(t), $2), E''\n'')) '
            'FROM %1$I t WHERE row_name(%1$L, to_jsonb(t), $2) = ANY($3)', covered.name
        ) USING covered.hidden, covered.keys, names;
    END LOOP;
END $$
-- next
CREATE FUNCTION erase_award(of_award text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
    ends date;
    removed text := 'Removed under retention on ' || to_char(today, 'FMDD FMMonth YYYY') || '.';
    versions bigint[];
    decisions uuid[];
    named bigint[];
    records bigint[];
    names text[];
    lines bigint;
    problems bigint;
BEGIN
    PERFORM FROM award WHERE reference = of_award FOR UPDATE;
    ends := retention_ends(of_award);
    IF ends IS NULL OR ends >= today THEN
        RAISE EXCEPTION 'the years of award % are not over', of_award USING ERRCODE = 'check_violation', CONSTRAINT = 'retention_over';
    END IF;
    versions := ARRAY(SELECT v.id FROM return_version v JOIN spend_return r ON r.id = v.return_id WHERE r.award = of_award);
    decisions := ARRAY(SELECT id FROM decision WHERE subject = of_award AND kind IN ('award', 'vary', 'withdraw', 'pay', 'recover'));
    named := ARRAY(
        SELECT number FROM journal WHERE subject_kind = 'return' AND split_part(subject, '/', 1) = of_award
            OR subject_kind = 'award' AND subject = of_award OR subject_kind = 'decision' AND subject = ANY(decisions::text[])
    );
    names := ARRAY(SELECT 'return_version/' || id FROM unnest(versions) AS id UNION ALL SELECT 'return_problem/' || id FROM unnest(versions) AS id
        UNION ALL SELECT 'decision/' || id FROM unnest(decisions) AS id
        UNION ALL SELECT 'return_event/' || e.return_id || '/' || e.journal_no FROM return_event e JOIN spend_return r ON r.id = e.return_id WHERE r.award = of_award);
    records := ARRAY(SELECT number FROM journal WHERE number = ANY(named) OR role IS NOT NULL AND leaf::jsonb -> 'rows' ?| names);
    UPDATE workbook SET content = '' WHERE version_id = ANY(versions);
    UPDATE spend_line SET reference = '', description = removed, payee = '', evidence = '', fingerprint = 0 WHERE version_id = ANY(versions);
    GET DIAGNOSTICS lines = ROW_COUNT;
    UPDATE return_problem SET value = '', message = removed, reason = NULL WHERE version_id = ANY(versions);
    GET DIAGNOSTICS problems = ROW_COUNT;
    UPDATE return_version SET filename = 'removed', note = '', header = '{}', certified_name = CASE WHEN certified_name IS NOT NULL THEN removed END
        WHERE id = ANY(versions);
    UPDATE return_event SET message = '' WHERE return_id IN (SELECT id FROM spend_return WHERE award = of_award);
    UPDATE decision SET reason = removed, decision_reason = CASE WHEN decision_reason IS NOT NULL THEN removed END WHERE id = ANY(decisions);
    UPDATE award SET removed_on = today WHERE reference = of_award;
    UPDATE journal SET reason = NULL WHERE number = ANY(named);
    PERFORM lose_salts(records);
    RETURN jsonb_build_object('years_over_on', ends, 'versions', cardinality(versions), 'lines', lines, 'problems', problems,
        'decisions', cardinality(decisions), 'records', to_jsonb(records));
END $$
-- next
CREATE FUNCTION erase_person(of_person uuid, years int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    about bigint[];
    records bigint[];
BEGIN
    PERFORM FROM person WHERE id = of_person FOR UPDATE;
    IF years < 6 OR NOT person_outlived(of_person, years) THEN
        RAISE EXCEPTION 'the years of person % are not over', of_person USING ERRCODE = 'check_violation', CONSTRAINT = 'retention_over';
    END IF;
    about := ARRAY(SELECT number FROM journal WHERE subject_kind = 'person' AND subject = of_person::text);
    records := ARRAY(SELECT number FROM journal WHERE number = ANY(about) OR role IS NOT NULL AND leaf::jsonb -> 'rows' ? ('person/' || of_person));
    UPDATE person SET name = 'Removed person', email = 'removed+' || of_person || '@service.invalid' WHERE id = of_person;
    UPDATE provider_identity SET subject = 'removed+' || gen_random_uuid() WHERE person_id = of_person;
    UPDATE credential SET password_hash = NULL, totp_sealed = NULL WHERE person_id = of_person;
    UPDATE session SET browser = '' WHERE person_id = of_person;
    UPDATE api_token SET label = '' WHERE person_id = of_person;
    UPDATE journal SET before = NULL, after = NULL, reason = NULL WHERE number = ANY(about);
    PERFORM lose_salts(records);
    RETURN jsonb_build_object('records', to_jsonb(records));
END $$
-- next
REVOKE ALL ON FUNCTION erase_award(text), erase_person(uuid, int), lose_salts(bigint[]), note_journal(bigint[]) FROM PUBLIC
-- next
GRANT EXECUTE ON FUNCTION erase_award(text), erase_person(uuid, int) TO tallystick_service
