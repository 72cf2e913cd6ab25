"""conda-lock.yml, version 1."""
