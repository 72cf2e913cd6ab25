"""The newest set that works for a target, for ``compat recommend``."""
