"""Arrays and small frames only: counting and searching that knows nothing of Retell."""
