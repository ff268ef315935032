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

Words = Mapping[str, Any] | str
"""What one of a document's words must be, as MongoDB compares it."""

MOST_TERMS = 20
LONGEST_TERM = 1_000
"""Letters of a term, folded; a bound to what MongoDB has to look for."""
LAST_LETTER = "\U0010ffff"
MOST_LEADING = 5
"""Words of a term, the longest, that are looked at for the rarest."""


def read_terms(query: Query) -> tuple[Term, ...]:
    """Read `fulltext`, each term once; one without a letter or digit is as if absent. Raises `BadParameterError`."""
    terms = tuple(dict.fromkeys(term for text in query.many("fulltext") if (term := tuple(words(text)))))
    if len(terms) > MOST_TERMS:
        raise BadParameterError(f"Parameter fulltext may have {MOST_TERMS} terms.")
    if any(len(" ".join(term)) > LONGEST_TERM for term in terms):
        raise BadParameterError(f"Parameter fulltext may have {LONGEST_TERM} letters in a term.")
    return terms


def leads(term: Term, endings: Sequence[str] | None) -> list[Words]:
    """List what may lead the search for a term: one word that its documents must have, which an index finds.

    `endings`: the words that begin with the last one of `term`, None when they are not known.
    """
    *whole, last = term
    begun = {"$elemMatch": {"$gte": last, "$lt": last + LAST_LETTER}} if endings is None else {"$in": list(endings)}
    return [begun, *sorted(set(whole), key=len, reverse=True)[:MOST_LEADING]]


def led(lead: Words) -> Mapping[str, Any]:
    """Give the filter on documents with `words` that finds those with a word that `lead` asks for."""
    return {"words": lead}


def holding(term: Term, lead: Words | None) -> Mapping[str, Any]:
    """Give the filter on documents with `words` and `texts` that finds those which hold `term`.

    `lead`, if any, is one of `leads`. A filter has one lead at most: MongoDB would try each, and reads what it finds.
    """
    in_order = {"texts": {"$regex": f"(^| ){' '.join(term)}"}}
    if lead is None:
        return in_order
    return led(lead) if len(term) == 1 else {**led(lead), **in_order}


def found_with(term: Term, lead: Words | None, commented: Collection[str]) -> Mapping[str, Any]:
    """Give the filter on `tickets` that finds `term` in their own texts, and those with the uids `commented`."""
    own = holding(term, lead)
    return {"$or": [own, {"_id": {"$in": list(commented)}}]} if commented else own
