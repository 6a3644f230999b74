-- A line of spend is found by its reference. Lines arrive by the ten thousand, so that the index is one that costs nothing then: a
-- Bloom filter for each thirty-two pages of the table, made soon afterwards. Steps are parted by "-- next".
CREATE INDEX ix_spend_line_reference ON spend_line USING brin (reference text_bloom_ops (n_distinct_per_range = 2400, false_positive_rate = 0.005))
    WITH (pages_per_range = 32, autosummarize = on)
-- next
-- Only the owner may, and autovacuum comes when it comes: until then a search reads the new pages one by one.
CREATE FUNCTION note_new_references() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT brin_summarize_new_values('public.ix_spend_line_reference'::regclass)
$$
