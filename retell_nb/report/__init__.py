"""Pages: tables and findings as HTML, and the notebooks that make reports."""
