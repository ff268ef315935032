"""Full text: what holds a term inside one of its texts, from the start of a word (contract README, 6, 76 and 77).

Pure. A ticket's texts are with it, those of commentaries that it has no room for with their journal documents; both
have `words`, which an index holds, and `texts`, the folded texts as words joined by one space.
"""

from collections.abc import Collection, Mapping, Sequence
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
    """Read `fulltext`, each term once; one without a letter or digit is as if absent. Raises `BadParameterError`."""
    terms = tuple(dict.fromkeys(term for text in query.many("fulltext") if (term := tuple(words(text)))))
    if len(terms) > MOST_TERMS:
        raise BadParameterError(f"Parameter fulltext may have {MOST_TERMS} terms.")
    if any(len(" ".join(term)) > LONGEST_TERM for term in terms):
        raise BadParameterError(f"Parameter fulltext may have {LONGEST_TERM} letters in a term.")
    return terms


def holding(term: Term, endings: Sequence[str] | None) -> Mapping[str, Any]:
    """Give the filter on documents with `words` and `texts` that finds those which hold `term`.

    `endings`: the words that begin with the last one of `term`, None when they are not known.
    """
    *whole, last = term
    begun = {"$elemMatch": {"$gte": last, "$lt": last + LAST_LETTER}} if endings is None else {"$in": list(endings)}
    if not whole:
        return {"words": begun}
    in_order = {"texts": {"$regex": f"(^| ){' '.join(term)}"}}
    return {"$and": [{"words": {"$all": whole}}, {"words": begun}, in_order]}


def found_with(term: Term, endings: Sequence[str] | None, commented: Collection[str]) -> Mapping[str, Any]:
    """Give the filter on `tickets` that finds `term` in their own texts, and those with the uids `commented`."""
    own = holding(term, endings)
    return {"$or": [own, {"_id": {"$in": list(commented)}}]} if commented else own
