"""Full text: terms, and the filters that find them inside texts from the start of a word (contract 6, 76 and 77).

Pure. A ticket's document has the ticket's own texts and those of its commentaries, as far as there is room. The other
commentaries have their texts in their journal documents. Both kinds of documents have two fields: `words`, cut to the
length that an index holds, and `texts`, the folded texts. The words of a text are joined by one space.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.parameters.query import BadParameterError, Query
from shared.text import indexed, words

WordCondition = Mapping[str, Any] | str
"""A condition on one of a document's `words`, as MongoDB compares it."""

MOST_TERMS = 20
LONGEST_TERM = 1_000
"""Letters of a folded term. It limits the work of MongoDB."""
LAST_LETTER = "\U0010ffff"
MOST_LEADING = 5
"""Number of longest words of a term. The rarest of these is looked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """The folded words of a term, at least one. The last may be the beginning of a longer word."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocatedTerm:
    """A term and where to look for it.

    `lead`: the condition by which the search uses an index, or None. `commented`: uids of tickets that have the term in
    a commentary outside their own texts.
    """

    term: Term
    lead: WordCondition | None
    commented: tuple[str, ...]


def read_terms(query: Query, name: str = "fulltext") -> tuple[Term, ...]:
    """Read the terms of the parameter `name`, each once; a term without a letter or digit is ignored.

    Raises `BadParameterError`.
    """
    terms: dict[Term, None] = {}
    for text in dict.fromkeys(query.many(name)):
        if folded := tuple(words(text)):
            if len(" ".join(folded)) > LONGEST_TERM:
                raise BadParameterError(f"Parameter {name} may have {LONGEST_TERM} letters in a term.")
            terms[Term(folded)] = None
            if len(terms) > MOST_TERMS:
                raise BadParameterError(f"Parameter {name} may have {MOST_TERMS} terms.")
    return tuple(terms)


def leads(term: Term, endings: Sequence[str] | None) -> list[WordCondition]:
    """Return the conditions that an index can serve for a term. Every document of the term meets each of them.

    `endings`: the words that begin with the last word of the term, None when they are not known.
    """
    *whole, last = map(indexed, term.words)
    begun = {"$elemMatch": {"$gte": last, "$lt": last + LAST_LETTER}} if endings is None else {"$in": list(endings)}
    return [begun, *sorted(set(whole), key=len, reverse=True)[:MOST_LEADING]]


def longest(term: Term) -> WordCondition:
    """Return the condition on the longest whole word of a term, else on the beginning of its only word."""
    return leads(term, None)[:2][-1]


def led(lead: WordCondition) -> Mapping[str, Any]:
    """Return the filter on documents of which one of the `words` meets `lead`."""
    return {"words": lead}


def holding(term: Term, lead: WordCondition | None) -> Mapping[str, Any]:
    """Return the filter on documents with `words` and `texts` that hold `term`.

    `lead`, if any, is one of `leads`. Use one lead per filter: MongoDB would try each of several, and read their
    documents.
    """
    in_order = {
        "texts": {"$regex": f"(?<![^ ]){' '.join(term.words)}"}
    }  # faster than (^| ), which stops at every space
    if lead is None:
        return in_order
    return led(lead) if term.words == (indexed(term.words[0]),) else {**led(lead), **in_order}


def located_filter(located: LocatedTerm) -> Mapping[str, Any]:
    """Return the filter on `tickets` that hold the term in their own texts or in another commentary."""
    own = holding(located.term, located.lead)
    return {"$or": [own, {"_id": {"$in": list(located.commented)}}]} if located.commented else own
