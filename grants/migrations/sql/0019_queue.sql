-- Uploads that wait to be checked, in order. Steps are parted by "-- next".
CREATE INDEX ix_return_version_checking ON return_version (uploaded_at, id) WHERE state = 'checking'
-- next
-- How many there are is no secret, whose they are is: a recipient sees its own alone.
CREATE FUNCTION queue_place(of_version bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
    SELECT nullif(count(*), 0) FROM return_version v JOIN return_version o ON (o.uploaded_at, o.id) <= (v.uploaded_at, v.id)
    WHERE v.id = of_version AND v.state = 'checking' AND o.state = 'checking'
$$
-- next
ALTER TABLE outbox DROP CONSTRAINT what_known
-- next
ALTER TABLE outbox ADD CONSTRAINT what_known CHECK (what IN
    ('return_due', 'reminder', 'sign_off', 'certifier_declined', 'changes_requested', 'accepted', 'reopened', 'infected', 'invitation'))
