"""What touches the world: the database and the mail. Idempotent, so that a retry is harmless."""
