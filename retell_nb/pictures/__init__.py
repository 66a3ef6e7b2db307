"""Pictures of the table words, as a name space beside them."""
