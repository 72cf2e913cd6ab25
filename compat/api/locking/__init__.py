"""``compat lock``: both parts solved and written, checked, compared and explained; and locks judged by ``compat check``."""
