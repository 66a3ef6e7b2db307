"""What changed, and when: control charts, change points, lines that have gone quiet."""
