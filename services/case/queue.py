"""Where workers of this installation listen."""

TASK_QUEUE = "accord"
