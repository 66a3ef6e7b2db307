"""What pictures are made of: style, colors, rows, panels."""
