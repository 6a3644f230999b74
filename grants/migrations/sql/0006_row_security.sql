-- PostgreSQL shows and takes only rows that whoever asks may see. Steps are parted by "-- next".
SELECT 1
