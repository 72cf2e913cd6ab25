"""Processes that work answers out, so that a solver that hangs, or takes all memory, ends alone."""
