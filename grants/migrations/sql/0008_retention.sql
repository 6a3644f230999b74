-- What has outlived its years is removed, and nothing else. Steps are parted by "-- next".
SELECT 1
