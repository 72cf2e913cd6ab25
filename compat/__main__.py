"""``python -m compat`` is the ``compat`` command."""

from compat.cli import main

main()
