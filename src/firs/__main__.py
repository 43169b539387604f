"""``python -m firs``: the same as the command ``firs``."""

from firs.cli import main

main()
