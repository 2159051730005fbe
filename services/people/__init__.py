"""Directory, delegation, who is signed in."""
