"""What happens, in order. Deterministic, no I/O; each file reads like the procedure it carries."""
