"""The engine: an embedded one with its home folder, or one that is elsewhere."""
