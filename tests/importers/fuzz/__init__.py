"""Returns made at random, good ones and ones with known faults in known cells."""
