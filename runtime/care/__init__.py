"""The care of an installation: backups, check-ups, comparisons, new versions."""
