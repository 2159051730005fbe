"""Where workers of this installation listen."""

TASK_QUEUE = "partnership"
"""For cases of every kind; it was there first. Open cases, the schedule and the delivery of notices are on it:
under another name they would wait for a worker that never comes.
"""
