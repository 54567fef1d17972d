"""The promises as figures: each module breaks something on purpose, and measures what came of it.

A proof is a history (what was sent, answered, told to Slack and saved) and a checker that compares
these. `python -m tests.proof` runs all of them.
"""
