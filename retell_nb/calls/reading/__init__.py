"""Files, frames and records read into one typed frame of calls."""
