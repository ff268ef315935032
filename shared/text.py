"""How labels are compared: case and accents do not count (contract README, 7, 8 and 77)."""

import unicodedata


def fold(text: str) -> str:
    """Fold `text` for comparison: NFKD, case folded, combining marks and surrounding space removed."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()
