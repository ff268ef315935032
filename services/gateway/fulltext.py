"""Full text: what holds a term inside one of its texts, from the start of a word (contract README, 6, 76 and 77).

Pure. A ticket's own texts are with it, those of its commentaries with their journal documents; both have `words`, which
an index holds, and `texts`, the folded texts as words joined by one space.
"""

from collections.abc import Collection, Mapping
from typing import Any

from services.gateway.query import BadParameterError, Query
from shared.text import words

Term = tuple[str, ...]
"""The folded words of a term, at least one; the last may be the beginning of a longer one."""

MOST_TERMS = 20
LONGEST_TERM = 1_000
"""Letters of a term, folded; a bound to what MongoDB has to look for."""
LAST_LETTER = "\U0010ffff"


def read_terms(query: Query) -> tuple[Term, ...]:
    """Read `fulltext`; a term without a letter or digit is as if absent. Raises `BadParameterError`."""
    terms = tuple(term for text in query.many("fulltext") if (term := tuple(words(text))))
    if len(terms) > MOST_TERMS:
        raise BadParameterError(f"Parameter fulltext may have {MOST_TERMS} terms.")
    if any(len(" ".join(term)) > LONGEST_TERM for term in terms):
        raise BadParameterError(f"Parameter fulltext may have {LONGEST_TERM} letters in a term.")
    return terms


def holding(term: Term) -> Mapping[str, Any]:
    """Give the filter on documents with `words` and `texts` that finds those which hold `term`."""
    *whole, last = term
    begun = {"words": {"$elemMatch": {"$gte": last, "$lt": last + LAST_LETTER}}}
    if not whole:
        return begun
    return {"$and": [{"words": {"$all": whole}}, begun, {"texts": {"$regex": f"(^| ){' '.join(term)}"}}]}


def found_with(term: Term, commented: Collection[str]) -> Mapping[str, Any]:
    """Give the filter on `tickets` that finds `term` in their own texts, and those whose commentaries hold it."""
    own = holding(term)
    return {"$or": [own, {"_id": {"$in": list(commented)}}]} if commented else own
