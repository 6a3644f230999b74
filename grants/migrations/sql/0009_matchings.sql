-- How the tables of finance systems are read, as somebody confirmed it. Steps are parted by "-- next".
SELECT 1
