"""What the tables say, for ``compat matrix``."""
