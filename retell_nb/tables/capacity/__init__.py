"""How many calls are in flight, who was refused for it, and what would have helped."""
