"""Metrics, traces, alarms."""
