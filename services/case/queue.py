"""Where workers of this installation listen."""

TASK_QUEUE = "partnership"
"""For cases of every kind; it was there first. What an installation has open is on it, its schedule and the
delivery of notices, too: under another name they would wait for a worker that never comes.
"""
