-- What forms were answered, so that a browser that goes back is shown it again: sealed, for half an hour. Steps are parted by "-- next".
CREATE TABLE form_answer (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_form_answer_person_id_created_at ON form_answer (person_id, created_at)
-- next
-- What is sealed does not get shorter.
ALTER TABLE form_answer ALTER sealed SET STORAGE EXTERNAL
-- next
GRANT SELECT, INSERT, DELETE ON form_answer TO tallystick_service
-- next
ALTER TABLE form_answer ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE form_answer FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY owner ON form_answer TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
CREATE POLICY seen ON form_answer FOR SELECT TO tallystick_service USING (person_id = (SELECT acting_person()))
-- next
CREATE POLICY added ON form_answer FOR INSERT TO tallystick_service WITH CHECK (person_id = (SELECT acting_person()))
-- next
CREATE POLICY removed ON form_answer FOR DELETE TO tallystick_service USING (person_id = (SELECT acting_person()))
-- next
CREATE FUNCTION forget_form_answers(before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM form_answer WHERE created_at < before
$$
