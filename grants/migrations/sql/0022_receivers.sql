-- Who is told that a schedule's report is there, and who that one could not be made. Steps are parted by "-- next".
ALTER TABLE report_schedule ADD COLUMN receivers UUID[]
-- next
ALTER TABLE outbox DROP CONSTRAINT what_known
-- next
ALTER TABLE outbox ADD CONSTRAINT what_known CHECK (what IN
    ('return_due', 'reminder', 'sign_off', 'certifier_declined', 'changes_requested', 'accepted', 'reopened', 'infected', 'invitation',
    'report_ready', 'report_failed'))
-- next
-- Who of some people holds a role over a programme, and another over all of them where one is asked for. It says no roles.
CREATE FUNCTION held_over(of_people uuid[], of_programme text, of_roles text[], over_all text[], with_examples boolean) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 4 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
    SELECT p.id FROM person p WHERE p.id = ANY (of_people) AND p.active AND (with_examples OR NOT p.is_example)
        AND p.email NOT LIKE '%@service.invalid' AND (is_scheduler() OR is_able('manage_schedules'))
        AND EXISTS (SELECT FROM role_grant g WHERE g.person_id = p.id AND g.ended_at IS NULL AND g.role = ANY (of_roles)
            AND (g.over IS NULL OR of_programme = ANY (g.over)))
        AND (over_all IS NULL OR EXISTS (SELECT FROM role_grant g WHERE g.person_id = p.id AND g.ended_at IS NULL
            AND g.role = ANY (over_all) AND g.over IS NULL))
$$
-- next
-- Of a report that is done its schedule's receivers are told; of one that failed, those who hold one of the roles.
CREATE FUNCTION queue_report_notices(of_what text, of_run uuid, of_which text, of_roles text[], at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
    queued bigint;
BEGIN
    IF NOT is_scheduler() THEN
        RAISE EXCEPTION 'a notice of a report by somebody who makes none' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO outbox (id, what, about, person_id, which, state, is_example, queued_at, not_before, attempts, fence)
        SELECT gen_random_uuid(), of_what, r.id, p.id, of_which, 'waiting', r.is_example OR p.is_example, at, at, 0, 0
        FROM report_run r LEFT JOIN report_schedule s ON s.id = r.schedule_id JOIN person p ON
            CASE of_what WHEN 'report_ready' THEN p.id = ANY (s.receivers)
                ELSE EXISTS (SELECT FROM role_grant g WHERE g.person_id = p.id AND g.ended_at IS NULL AND g.role = ANY (of_roles)) END
        WHERE r.id = of_run AND p.active AND (r.is_example OR NOT p.is_example) AND p.email NOT LIKE '%@service.invalid'
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS queued = ROW_COUNT;
    RETURN queued;
END $$
