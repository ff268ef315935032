"""Limits of tokens. Help texts name them, so this module imports nothing."""

MOST_TOKENS = 20
"""Most tokens of a user that have not ended."""
LONGEST_NAME = 64
"""Characters of a token's name."""
MOST_DAYS = 366
"""Longest life of a token."""
