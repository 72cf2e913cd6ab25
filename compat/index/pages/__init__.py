"""Pages of projects: how an index lists files (PEP 691, PEP 503), how the cache keeps that, and local folders."""
