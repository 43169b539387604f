"""How the built-in encoder ``mini`` is made: one module a step, one command each.

See ``training/README.md`` for the order, the times and the figures.
"""
