"""The vocabulary of a ticket: the distinct words by which full text finds it, at most 2,000 (decision 0016).

1. As long as the state has room for all commentaries, the ticket's own document has the words: first those of its own
   texts, then those of its commentaries.
2. The first commentary without room in the state gets words in its own journal document. From then on, the state stores
   the digests of all words so far.
3. Each further commentary without room adds the digests of its new words to the state, up to 2,000 words. It is found
   only by words whose digest is stored.

From step 2 on, the ticket's own document is found by all words with a stored digest. It is found by other words while
fewer than 2,000 digests are stored. So all documents of a ticket together have at most 2,000 distinct words. A ticket
that never had more is found by each of its words. A replaced word still counts.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from shared.text import indexed, words

MOST_WORDS = 2_000
DIGEST_LETTERS = 12
"""Characters of a digest in hexadecimal: 6 bytes, so that two words of a ticket practically never share one."""


class Vocabulary:
    """Accepts up to `most` distinct words. Words whose digests are in `kept` are accepted too and not counted twice."""

    def __init__(self, kept: str = "", most: int = MOST_WORDS) -> None:
        self.words: dict[str, None] = {}
        """The accepted words, including those in `kept`, each cut to the length that an index stores."""
        self.kept = frozenset(kept[at : at + DIGEST_LETTERS] for at in range(0, len(kept), DIGEST_LETTERS))
        self._room = most - len(self.kept)

    def take(self, row: Sequence[str]) -> Sequence[str]:
        """Accept the words of `row` and return them, up to the first word without room."""
        for word in dict.fromkeys(row):
            if not self._has(indexed(word)):
                return row[: row.index(word)]
        return row

    def new(self) -> str:
        """Return the digests of the accepted words that are not in `kept`."""
        return "".join(digest for digest in map(_digest, self.words) if digest not in self.kept)

    def _has(self, word: str) -> bool:
        if word in self.words:
            return True
        if not self.kept or _digest(word) not in self.kept:
            if self._room <= 0:
                return False
            self._room -= 1
        self.words[word] = None
        return True


def widened(kept: str, before: Iterable[str], row: Sequence[str]) -> str:
    """Return the digests `kept` and those of `row`'s words. If `kept` is empty, add those of the texts `before`."""
    vocabulary = Vocabulary(kept)
    for earlier in () if kept else before:
        vocabulary.take(words(earlier))
    vocabulary.take(row)
    return kept + vocabulary.new()


def _digest(word: str) -> str:
    return blake2b(word.encode(), digest_size=DIGEST_LETTERS // 2).hexdigest()
