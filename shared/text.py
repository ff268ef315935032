"""How texts are compared: case and accents do not count (contract README, 7, 8 and 77)."""

import re
import unicodedata

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Fold `text` for comparison: NFKD, case folded, marks and surrounding space removed."""
    if text.isascii():
        return text.lower().strip()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _BEYOND_ASCII.sub(_unless_mark, decomposed).strip()


def words(text: str) -> list[str]:
    """Give the words of `text` in their order: runs of letters and digits, folded; anything else separates them."""
    return _WORD.findall(fold(text))


def _unless_mark(letter: re.Match[str]) -> str:
    return "" if unicodedata.category(letter[0]).startswith("M") else letter[0]
