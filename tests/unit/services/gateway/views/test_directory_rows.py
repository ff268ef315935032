"""Lists of the directory: order, words, scope, and rows that are used again."""

import json
from typing import Any

import pytest

from services.gateway.parameters.fulltext import read_terms
from services.gateway.parameters.query import Query
from services.gateway.views.directory_rows import Row, arranged, selected
from shared.accounts.scopes import EVERYTHING, Scope, sees, visible_in
from shared.directory.entries import Agency, Directory, Entry, OperatorEntry, Patrimony, ProviderContact, updated
from tests.support.data.tickets import ticket_uid as uid


def agency(number: int, label: str, account: int = 900, **more: Any) -> Agency:
    return Agency(uid=uid(number), label=label, accountUid=uid(account), **more)


def patrimony(number: int, ref: str, label: str | None, *agencies: int) -> Patrimony:
    return Patrimony(uid=uid(number), ref=ref, label=label, agencyUids=tuple(map(uid, agencies)))


AGENCIES = [agency(1, "Zénith"), agency(2, "zenith", 901), agency(3, "Ain"), agency(4, "École", 901)]
PATRIMONIES = [
    patrimony(11, "R-1", "Tour Émeraude", 1),
    patrimony(12, "R-2", None, 2, 3),
    patrimony(13, "R-3", "Œuvre", 4),
]
DIRECTORY = updated(Directory(), [*AGENCIES, *PATRIMONIES])


def by_uid(*entries: Entry) -> dict[str, Entry]:
    return {entry.uid: entry for entry in entries}


def shown(rows: Any) -> list[Any]:
    return [json.loads(row.body) for row in rows]


def found(entries: list[Any], query: str) -> list[str]:
    terms = read_terms(Query(query.encode()), "query")
    return [
        row.entry.label or row.entry.ref if row.entry.kind == "patrimony" else row.entry.uid
        for row in selected(arranged(by_uid(*entries)), EVERYTHING, terms)
    ]


def test_rows_are_in_the_order_of_folded_names_then_uids() -> None:
    assert [row.entry.uid for row in arranged(by_uid(*AGENCIES))] == [uid(3), uid(4), *sorted([uid(1), uid(2)])]
    assert [row.entry.uid for row in arranged(by_uid(*PATRIMONIES))] == [uid(13), uid(12), uid(11)]


def test_answers_show_these_fields() -> None:
    provider = ProviderContact(uid=uid(21), name="Plombier", phones=("01 23",), fax=(), emails=("a@b.fr",))
    places = (agency(1, "A"), patrimony(11, "R", "L", 1, 2), patrimony(12, "R", None, 1))
    assert shown(arranged(by_uid(*places, provider, OperatorEntry(uid=uid(31), name="Zoé")))) == [
        {"uid": uid(1), "label": "A", "accountUid": uid(900)},
        {"uid": uid(11), "ref": "R", "label": "L", "agencyUids": [uid(1), uid(2)]},
        {"uid": uid(21), "name": "Plombier", "phones": ["01 23"], "fax": [], "emails": ["a@b.fr"]},
        {"uid": uid(12), "ref": "R", "agencyUids": [uid(1)]},
        {"uid": uid(31), "name": "Zoé"},
    ]


def test_removed_entries_are_left_out() -> None:
    assert arranged(by_uid(agency(1, "A", removed=True))) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["R-2", "Œuvre", "Tour Émeraude"]),
        ("query=", ["R-2", "Œuvre", "Tour Émeraude"]),
        ("query=%2D%21", ["R-2", "Œuvre", "Tour Émeraude"]),
        ("query=TOUR+emer", ["Tour Émeraude"]),
        ("query=emeraude,tour", ["Tour Émeraude"]),
        ("query=tou&query=emer", ["Tour Émeraude"]),
        ("query=emeraude+tour", []),
        ("query=tou+emeraude", []),
        ("query=our", []),
        ("query=oeuv", ["Œuvre"]),
        ("query=r", ["R-2", "Œuvre", "Tour Émeraude"]),
        ("query=r+1", ["Tour Émeraude"]),
        ("query=R2", []),
        ("query=emeraude+r", []),
    ],
)
def test_words_are_found_as_in_full_text(query: str, names: list[str]) -> None:
    assert sorted(found(PATRIMONIES, query)) == sorted(names)


def test_a_provider_is_found_by_its_contacts() -> None:
    provider = ProviderContact(uid=uid(21), name="Plombier", phones=("+33 1 23",), fax=("99",), emails=("a.b@c.fr",))
    for query in ("33+1+2", "99", "a+b+c+fr", "a.b@c", "plomb"):
        assert found([provider], f"query={query}"), query
    assert not found([provider], "query=23+99")


@pytest.mark.parametrize(
    "scope",
    [
        Scope("everything"),
        *(Scope("accounts", frozenset(map(uid, uids))) for uids in ((), (900,), (901, 5))),
        *(Scope("agencies", frozenset(map(uid, uids))) for uids in ((), (1,), (3, 4), (900,), (11,))),
        *(Scope("patrimonies", frozenset(map(uid, uids))) for uids in ((), (11,), (12, 13), (1,))),
    ],
    ids=str,
)
def test_a_place_is_listed_if_a_ticket_there_is_in_the_scope(scope: Scope) -> None:
    visible = visible_in(scope, DIRECTORY)
    listed = {row.entry.uid for row in selected(arranged(DIRECTORY.agencies), visible, ())}
    assert listed == {one.uid for one in AGENCIES if sees(scope, DIRECTORY, agencies=(one.uid,), patrimony=None)}
    listed = {row.entry.uid for row in selected(arranged(DIRECTORY.patrimonies), visible, ())}
    inside = (one for one in PATRIMONIES if sees(scope, DIRECTORY, agencies=one.agencyUids, patrimony=one.uid))
    assert listed == {one.uid for one in inside}


def test_a_change_makes_the_rows_of_changed_entries_only() -> None:
    before = arranged(by_uid(*AGENCIES))
    changed = by_uid(*AGENCIES) | by_uid(agency(1, "Bis"), agency(3, "Ain", removed=True), agency(5, "Zoo"))
    after = arranged(changed, before)
    assert [row[1:] for row in after] == [row[1:] for row in arranged(changed)]
    old = {id(row) for row in before}
    assert {row.entry.uid for row in after if id(row) not in old} == {uid(1), uid(5)}
    assert all(isinstance(row, Row) for row in after)
