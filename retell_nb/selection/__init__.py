"""Which calls: filters as plain data, checks of the records, and the same as code."""
