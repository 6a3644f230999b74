-- What every upload of a recipient is held against, its accepted lines' fingerprints, is read from the key alone: no line is fetched.
ALTER TABLE spend_line DROP CONSTRAINT spend_line_pkey
-- next
ALTER TABLE spend_line ADD CONSTRAINT spend_line_pkey PRIMARY KEY (version_id, row) INCLUDE (fingerprint)
