-- Forms that were sent after their session had ended: kept sealed for their own person, for an hour. Steps are parted by "-- next".
CREATE TABLE kept_form (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (id),
    FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_kept_form_person_id ON kept_form (person_id)
-- next
CREATE INDEX ix_kept_form_created_at ON kept_form (created_at)
-- next
-- What is sealed does not get shorter.
ALTER TABLE kept_form ALTER sealed SET STORAGE EXTERNAL
-- next
GRANT SELECT, INSERT, DELETE ON kept_form TO tallystick_service
-- next
GRANT UPDATE (sent_at) ON kept_form TO tallystick_service
-- next
ALTER TABLE kept_form ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE kept_form FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY owner ON kept_form TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
CREATE POLICY seen ON kept_form FOR SELECT TO tallystick_service USING (person_id = (SELECT acting_person()))
-- next
CREATE POLICY added ON kept_form FOR INSERT TO tallystick_service WITH CHECK (person_id = (SELECT acting_person()))
-- next
CREATE POLICY changed ON kept_form FOR UPDATE TO tallystick_service
    USING (person_id = (SELECT acting_person())) WITH CHECK (person_id = (SELECT acting_person()))
-- next
CREATE POLICY removed ON kept_form FOR DELETE TO tallystick_service USING (person_id = (SELECT acting_person()))
-- next
CREATE FUNCTION forget_kept_forms(before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM kept_form WHERE created_at < before
$$
