"""A partnership from proposal to launch."""
