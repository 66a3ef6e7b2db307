"""The titles of the pictures: what a table says, in a sentence."""
