"""Files made to harm whoever reads them or is given them back, and what must come of each."""
