"""Workers: put together, connected, kept at work."""
