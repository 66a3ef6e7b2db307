"""What made-up calls are made of."""
