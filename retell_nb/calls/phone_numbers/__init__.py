"""Phone numbers: their country, whether they can exist, and equal numbers as equal keys."""
