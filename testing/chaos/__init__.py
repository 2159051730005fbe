"""Chaos: an installation to which everything happens that can, while people work; then what holds.

People's requests are written down with what came of them (``history``), also where nobody knows; so is what
happened to the installation (``nemeses``). Afterwards a checker that sees only that and what is left
(``evidence``) says which promises did not hold (``checker``).
"""
