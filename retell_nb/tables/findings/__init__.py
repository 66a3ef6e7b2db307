"""What is wrong now: faults found among the calls, with their place, ranked."""
