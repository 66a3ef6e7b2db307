"""Tables in; axes, HTML and widgets out; nothing here counts."""
