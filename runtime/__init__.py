"""How the process is put together. The only room that knows all the others."""
