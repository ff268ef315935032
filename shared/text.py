"""Comparison of texts without case and accents (decision 0016).

Texts are folded letter by letter, without the combining marks. Unicode's normalization of a whole text sorts these
marks, which can take quadratic time. Every function here takes time in proportion to its text.
"""

import re
import unicodedata

INDEXED_LETTERS = 200
"""Letters of a label or a word that an index holds. A label's spaces count."""
LONGEST = 256 * 1024
"""Letters of a folded text that are searched for words: as many as the bytes of the largest body.

A longer folded text is possible, because folding makes up to eighteen letters of one.
"""

_LETTERS_KEPT = 1 << 16
_LIGATURES = {"œ": "oe", "æ": "ae"}
_LONG, _SELDOM = 1_000, 10
"""The faster way for texts from `_LONG` letters on in which fewer than one in `_SELDOM` letters is not ASCII."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_WORD = re.compile(r"[^\W_]+")


class _Letters(dict[int, str]):
    """Folded letters by code point. When it is full, it is cleared."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _LETTERS_KEPT:
            self.clear()
        letter = self[code] = _folded(chr(code))
        return letter


_LETTERS = _Letters()


def fold(text: str) -> str:
    """Return `text` for comparison: NFKD, case folded, without marks and surrounding space, œ and æ as two letters."""
    if text.isascii():
        return text.lower().strip()
    if len(text) >= _LONG:
        encoded = text.encode(errors="surrogatepass")
        if len(encoded) - len(text) < len(text) // _SELDOM:
            lowered = encoded.lower().decode(errors="surrogatepass")  # bytes.lower changes ASCII letters only
            return _BEYOND_ASCII.sub(_translated, lowered).strip()
    return text.translate(_LETTERS).strip()


def words(text: str) -> list[str]:
    """Return the folded words of `text` in order. A word is a run of letters and digits.

    Only the first `LONGEST` folded letters are searched.
    """
    return _WORD.findall(fold(text), 0, LONGEST)


def label(text: str) -> str:
    """Return the key to compare a whole text by, such as a town's name: its folded words, cut to `INDEXED_LETTERS`."""
    return indexed(" ".join(words(text)))


def indexed(folded: str) -> str:
    """Return the part of folded words, or of one folded word, that an index holds."""
    return folded[:INDEXED_LETTERS]


def _translated(run: re.Match[str]) -> str:
    return run[0].translate(_LETTERS)


def _folded(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return "".join([_LIGATURES.get(one, one) for one in decomposed if unicodedata.category(one)[0] != "M"])
