"""``compat export``: reading what an environment is made from, and writing what builds and runs it."""
