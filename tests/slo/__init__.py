"""The rows of docs/reliability.md with a time, a rate or a probability, measured: `make bar`.

A module here is named for what it measures and holds `ROWS`. The page names it as
`make bar ROWS=module`; a promise the suite asserts names its tests instead.
"""
