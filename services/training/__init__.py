"""Training cohorts: planned, nominated for, looked at."""
