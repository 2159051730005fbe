"""The feasibility study."""
