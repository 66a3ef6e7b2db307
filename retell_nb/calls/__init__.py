"""Everything that ends in a frame of calls."""
