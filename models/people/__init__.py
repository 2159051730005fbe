"""People, roles, delegation. Pure."""
