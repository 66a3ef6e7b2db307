"""What carriers may think of the caller numbers: their use, bursts of short calls, blocks after."""
