-- Registers and payment files are kept as they came. Steps are parted by "-- next".
SELECT 1
