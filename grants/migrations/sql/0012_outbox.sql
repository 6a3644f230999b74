-- Notices wait in an outbox until they are sent, once. Steps are parted by "-- next".
ALTER TABLE collection_round ADD COLUMN reminders jsonb
-- next
CREATE TABLE outbox (
    id UUID NOT NULL,
    what TEXT NOT NULL,
    about UUID NOT NULL,
    person_id UUID NOT NULL,
    which TEXT NOT NULL,
    state TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    queued_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until timestamptz,
    transport TEXT,
    address TEXT,
    handed_over_at timestamptz,
    ended_at timestamptz,
    failure TEXT,
    sealed BYTEA,
    PRIMARY KEY (id),
    CONSTRAINT what_known CHECK (what IN ('return_due', 'reminder', 'sign_off', 'certifier_declined', 'changes_requested', 'accepted', 'reopened', 'invitation')),
    CONSTRAINT state_known CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'uncertain', 'dropped')),
    CONSTRAINT leased_while_sending CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CONSTRAINT ended_in_the_end CHECK ((state IN ('waiting', 'sending')) = (ended_at IS NULL)),
    CONSTRAINT no_secret_in_the_end CHECK (ended_at IS NULL OR sealed IS NULL),
    CONSTRAINT one_notice_once UNIQUE (what, about, person_id, which),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_outbox_to_do ON outbox (not_before) WHERE state IN ('waiting', 'sending')
-- next
CREATE INDEX ix_outbox_addressed ON outbox (ended_at) WHERE address IS NOT NULL
-- next
CREATE INDEX ix_outbox_queued ON outbox (queued_at, id)
-- next
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
GRANT SELECT, UPDATE ON outbox TO tallystick_service
-- next
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE outbox FORCE ROW LEVEL SECURITY
-- next
CREATE FUNCTION is_scheduler() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(acting_person() = '00000000-0000-0000-0000-000000000003', false)
-- next
CREATE POLICY owner ON outbox TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
CREATE POLICY seen ON outbox FOR SELECT TO tallystick_service USING ((SELECT is_scheduler()) OR (SELECT is_able('see_people')))
-- next
CREATE POLICY changed ON outbox FOR UPDATE TO tallystick_service USING ((SELECT is_scheduler())) WITH CHECK ((SELECT is_scheduler()))
-- next
-- Who acts for a return's recipient is no matter of whoever moves the return: rows are added by these alone, and say no names.
CREATE FUNCTION acts_for_return(of_return uuid, of_roles text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 4 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
    SELECT DISTINCT p.id FROM spend_return r JOIN award a ON a.reference = r.award
        JOIN role_grant g ON g.role = ANY (of_roles) AND g.ended_at IS NULL AND (g.over IS NULL OR a.recipient_id = ANY (g.over))
        JOIN person p ON p.id = g.person_id
    WHERE r.id = of_return AND p.active AND (r.is_example OR NOT p.is_example) AND p.email NOT LIKE '%@service.invalid'
$$
-- next
REVOKE ALL ON FUNCTION acts_for_return(uuid, text[]) FROM PUBLIC
-- next
CREATE FUNCTION queue_notices(of_what text, of_returns uuid[], of_which text, of_roles text[], but uuid[], at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
    queued bigint;
BEGIN
    IF EXISTS (
        SELECT FROM unnest(of_returns) AS one WHERE NOT EXISTS (
            SELECT FROM spend_return r JOIN award a ON a.reference = r.award WHERE r.id = one AND (
                sees_all_awards() OR a.recipient_id = ANY (is_over('recipients')) OR a.funding_line = ANY (own_lines())
            )
        )
    ) THEN
        RAISE EXCEPTION 'a notice of a return that is not to be seen' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO outbox (id, what, about, person_id, which, state, is_example, queued_at, not_before, attempts, fence)
        SELECT gen_random_uuid(), of_what, r.id, told, of_which, 'waiting', r.is_example OR p.is_example, at, at, 0, 0
        FROM unnest(of_returns) AS one JOIN spend_return r ON r.id = one, acts_for_return(one, of_roles) AS told JOIN person p ON p.id = told
        WHERE told <> ALL (but)
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS queued = ROW_COUNT;
    RETURN queued;
END $$
-- next
CREATE FUNCTION queue_invitation(of_invitation uuid, sealed_link bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT is_able('manage_people') THEN
        RAISE EXCEPTION 'an invitation by somebody who invites nobody' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO outbox (id, what, about, person_id, which, state, is_example, queued_at, not_before, attempts, fence, sealed)
        SELECT gen_random_uuid(), 'invitation', i.id, i.person_id, '', 'waiting', p.is_example, at, at, 0, 0, sealed_link
        FROM invitation i JOIN person p ON p.id = i.person_id WHERE i.id = of_invitation;
END $$
-- next
-- Asked when a notice is sent: whether it is still for this person, and of an invitation what its letter says beside the link.
CREATE FUNCTION is_told(of_return uuid, of_person uuid, of_roles text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT is_scheduler() AND of_person IN (SELECT acts_for_return(of_return, of_roles))
$$
-- next
CREATE FUNCTION open_invitation(of_invitation uuid, at timestamptz) RETURNS TABLE (purpose text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.purpose, i.expires_at FROM invitation i JOIN person p ON p.id = i.person_id
    WHERE is_scheduler() AND i.id = of_invitation AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at AND p.active
$$
