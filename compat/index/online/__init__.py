"""One index asked what the curated matrix does not know, for ``compat check --online``."""
