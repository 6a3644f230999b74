-- Signing in: what proves who somebody is, and who holds a token or a session. Steps are parted by "-- next".
ALTER TABLE person ADD COLUMN ended_at timestamptz
-- next
ALTER TABLE api_token ADD COLUMN deeds text[], ADD COLUMN last_used_at timestamptz
-- next
CREATE TABLE credential (
    person_id UUID NOT NULL,
    password_hash TEXT,
    password_set_at timestamptz,
    totp_sealed BYTEA,
    totp_confirmed_at timestamptz,
    totp_last_step BIGINT,
    PRIMARY KEY (person_id),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE TABLE recovery_code (
    person_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (person_id, sha256),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE TABLE provider_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id UUID NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, person_id),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_provider_identity_person_id ON provider_identity (person_id)
-- next
CREATE TABLE invitation (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    created_by UUID NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (id),
    CONSTRAINT purpose_known CHECK (purpose IN ('join', 'password', 'second_factor')),
    FOREIGN KEY(person_id) REFERENCES person (id),
    UNIQUE (sha256),
    FOREIGN KEY(created_by) REFERENCES person (id)
)
-- next
CREATE INDEX ix_invitation_person_id ON invitation (person_id)
-- next
CREATE TABLE session (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    signed_in_by TEXT NOT NULL,
    factors SMALLINT NOT NULL,
    browser TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_because TEXT,
    PRIMARY KEY (id),
    CONSTRAINT signed_in_by_known CHECK (signed_in_by IN ('password', 'provider', 'example')),
    CONSTRAINT factors_counted CHECK (factors BETWEEN 1 AND 2),
    FOREIGN KEY(person_id) REFERENCES person (id),
    UNIQUE (sha256)
)
-- next
CREATE INDEX ix_session_person_id ON session (person_id)
-- next
CREATE TABLE sign_in_try (
    key BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    not_before timestamptz NOT NULL,
    tried_at timestamptz NOT NULL,
    PRIMARY KEY (key),
    CONSTRAINT failures_counted CHECK (failures >= 0)
)
-- next
CREATE TABLE provider_flow (
    state_sha256 BYTEA NOT NULL,
    browser_sha256 BYTEA NOT NULL,
    provider TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (state_sha256)
)
-- next
CREATE INDEX ix_provider_flow_expires_at ON provider_flow (expires_at)
-- next
CREATE UNLOGGED TABLE request_budget (
    person_id UUID NOT NULL,
    window_at timestamptz NOT NULL,
    claimed BIGINT NOT NULL,
    PRIMARY KEY (person_id, window_at),
    CONSTRAINT claimed_counted CHECK (claimed >= 0),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['credential', 'recovery_code', 'provider_identity', 'invitation', 'session']
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    END LOOP;
END $$
-- next
GRANT SELECT, INSERT, UPDATE ON credential, recovery_code, invitation, session, sign_in_try, request_budget TO tallystick_service
-- next
GRANT SELECT, INSERT ON provider_identity, provider_flow TO tallystick_service
-- next
GRANT DELETE ON sign_in_try, provider_flow, request_budget TO tallystick_service
-- next
-- Asked before anybody is known: one row for whoever holds the secret, and nothing for anybody else.
CREATE FUNCTION token_holder(digest bytea, at timestamptz)
RETURNS TABLE (person_id uuid, name text, is_example boolean, token_id uuid, deeds text[], last_used_at timestamptz, roles text[], overs text, journal_no bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT p.id, p.name, p.is_example, t.id, t.deeds, t.last_used_at, array_agg(g.role ORDER BY g.granted_at, g.id),
        json_agg(g.over ORDER BY g.granted_at, g.id)::text, (SELECT last_no FROM journal_head)
    FROM api_token t JOIN person p ON p.id = t.person_id JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
    WHERE t.sha256 = digest AND t.revoked_at IS NULL AND t.expires_at > at AND p.active
    GROUP BY p.id, p.name, p.is_example, t.id, t.deeds, t.last_used_at;
END $$
-- next
CREATE FUNCTION session_holder(digest bytea, at timestamptz, idle interval)
RETURNS TABLE (person_id uuid, name text, is_example boolean, session_id uuid, signed_in_by text, factors smallint, password boolean, second_factor boolean, seen_at timestamptz, ends_at timestamptz,
    roles text[], overs text, journal_no bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT p.id, p.name, p.is_example, s.id, s.signed_in_by, s.factors, c.password_hash IS NOT NULL, c.totp_confirmed_at IS NOT NULL, s.seen_at,
        s.ends_at,
        coalesce(array_agg(g.role ORDER BY g.granted_at, g.id) FILTER (WHERE g.id IS NOT NULL), ARRAY[]::text[]),
        coalesce(json_agg(g.over ORDER BY g.granted_at, g.id) FILTER (WHERE g.id IS NOT NULL), '[]'::json)::text, (SELECT last_no FROM journal_head)
    FROM session s JOIN person p ON p.id = s.person_id LEFT JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
        LEFT JOIN credential c ON c.person_id = p.id
    WHERE s.sha256 = digest AND s.ended_at IS NULL AND s.ends_at > at AND s.seen_at > at - idle AND p.active
    GROUP BY p.id, p.name, p.is_example, s.id, s.signed_in_by, s.factors, c.password_hash, c.totp_confirmed_at, s.seen_at, s.ends_at;
END $$
-- next
CREATE FUNCTION token_used(token uuid, at timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_token SET last_used_at = at WHERE id = token AND (last_used_at IS NULL OR last_used_at < at)
$$
-- next
CREATE FUNCTION session_seen(session_id uuid, at timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE session SET seen_at = at WHERE id = session_id AND ended_at IS NULL AND seen_at < at
$$
