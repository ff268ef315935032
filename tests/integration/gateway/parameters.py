"""Values of every parameter of the contract's reads: valid ones with their meaning, and invalid ones."""

from tests.contract.shapes import table
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.read_answers import Asked

ENDPOINTS = {name: entry for name, entry in table("http")["endpoints"].items() if entry["method"] == "GET"}
PATHS: dict[str, str] = {
    name: entry["path"].replace(":ticket_uid", "{ticket_uid}") for name, entry in ENDPOINTS.items()
}
PARAMETERS = [(endpoint, name) for endpoint, entry in ENDPOINTS.items() for name in entry["parameters"]]
LISTS = {
    "listAgencies": "agencies",
    "listPatrimonies": "patrimonies",
    "listProviders": "providers",
    "listOperators": "operators",
}
"""Lists of the directory, with the last segments of their paths."""
SELECTING = ("listTickets", "exportTickets", "ticketStats")

ICE, ROOF = "7943797a-93c4-73f9-48f8-6baea5e94d13", "b1dbc546-48bd-f49c-b76f-5028426d5321"
ZOE, NOA = "00000001-0000-4000-8000-00000000000a", "00000001-0000-4000-8000-00000000000b"
TICKET = "00000003-0000-4000-8000-000000000000"
UNKNOWN = "00000000-0000-0000-0000-000000000000"
INSTANT = "2025-01-01T00:00:00.003Z"

Good = list[tuple[str, Asked]]
"""Queries as they are sent, with their meaning: decoded values by parameter."""

FILTERS: dict[str, Good] = {
    "agency": [
        (f"agency={NORTH}", {"agency": [NORTH]}),
        (f"agency={SOUTH.upper()}", {"agency": [SOUTH]}),
        (f"agency={NORTH},{SOUTH}", {"agency": [NORTH, SOUTH]}),
        (f"agency={NORTH}%2C{SOUTH}", {"agency": [NORTH, SOUTH]}),
        (f"agency=,+,{SOUTH}+,", {"agency": [SOUTH]}),
        (f"agency={UNKNOWN}&agency={NORTH}&agency=", {"agency": [UNKNOWN, NORTH]}),
        (f"agency={PARK}", {"agency": [PARK]}),
        ("agency=,%20,+", {}),
    ],
    "status": [
        ("status=OPENED", {"status": ["OPENED"]}),
        ("status=+CLOSED%20", {"status": ["CLOSED"]}),
        ("status=&status=%43LOSED&status", {"status": ["CLOSED"]}),
        ("status=", {}),
    ],
    "location": [
        ("location=Lyon", {"location": ["Lyon"]}),
        ("location=%C3%89vry", {"location": ["Évry"]}),
        ("location=EVRY", {"location": ["evry"]}),
        ("location=e%CC%81vry", {"location": ["évry"]}),
        ("location=saint-etienne,L%27HA%C5%B8-LES-ROSES", {"location": ["Saint-Étienne", "L'Haÿ-les-Roses"]}),
        ("location=Nice%2C+Riviera", {"location": ["Nice, Riviera"]}),
        ("location=Nice,+Riviera", {"location": ["Nice", "Riviera"]}),
        ("location=nice%2c%20riviera,PARIS", {"location": ["Nice, Riviera", "Paris"]}),
        ("location=Lyon&location=,Paris,&location=", {"location": ["Lyon", "Paris"]}),
        ("location=saint+etienne,l+hay++les.roses", {"location": ["Saint-Étienne", "L'Haÿ-les-Roses"]}),
        ("location=saintetienne", {"location": ["saintetienne"]}),
        ("location=-", {"location": ["-"]}),
        ("location=%CC%81,_,Lyon", {"location": ["-", "Lyon"]}),
        ("location=Ly", {"location": ["Ly"]}),
        ("location=", {}),
    ],
    "from": [
        ("from=2024-10-27", {"from": ["2024-10-27"]}),
        ("from=+2020-01-01+", {"from": ["2020-01-01"]}),
        ("from=0001-01-01", {"from": ["0001-01-01"]}),
        ("from=9999-12-31", {"from": ["9999-12-31"]}),
        ("from=2024-02-29&to=2024-10-27", {"from": ["2024-02-29"], "to": ["2024-10-27"]}),
        ("from=&from=2024-10-28", {"from": ["2024-10-28"]}),
        ("from=", {}),
    ],
    "to": [
        ("to=2024-03-31", {"to": ["2024-03-31"]}),
        ("to=0001-01-01", {"to": ["0001-01-01"]}),
        ("to=9999-12-31", {"to": ["9999-12-31"]}),
        ("to=2024-03-31&from=2024-03-31", {"from": ["2024-03-31"], "to": ["2024-03-31"]}),
        ("from=0001-01-01&to=9999-12-31", {"from": ["0001-01-01"], "to": ["9999-12-31"]}),
        ("to=+", {}),
    ],
    "callpurpose": [
        ("callpurpose=Toiture", {"callpurpose": ["Toiture"]}),
        ("callpurpose=fenetre%2C+volet", {"callpurpose": ["Fenêtre, volet"]}),
        ("callpurpose=fenetre,volet", {"callpurpose": ["fenetre", "volet"]}),
        ("callpurpose=CHAUFFAGE+/+ecs,TOITURE", {"callpurpose": ["Chauffage / ECS", "Toiture"]}),
        ("callpurpose=remise+%C3%A0+50+%25+%2b+pose", {"callpurpose": ["Remise à 50 % + pose"]}),
        ("callpurpose=remise+%C3%A0+50+%25+++pose", {"callpurpose": ["Remise à 50 %   pose"]}),
        ("callpurpose=toiture&callpurpose=Fen%C3%AAtre%2C%20volet", {"callpurpose": ["toiture", "Fenêtre, volet"]}),
        ("callpurpose=chauffage-ecs", {"callpurpose": ["chauffage ecs"]}),
        ("callpurpose=%25", {"callpurpose": ["%"]}),
        ("callpurpose=Toit", {"callpurpose": ["Toit"]}),
        ("callpurpose=,", {}),
    ],
    "activeproviders": [
        (f"activeproviders={ICE}", {"activeproviders": [ICE]}),
        (f"activeproviders={ROOF.upper()}", {"activeproviders": [ROOF]}),
        (f"activeproviders={ICE},{ROOF}", {"activeproviders": [ICE, ROOF]}),
        (f"activeproviders={ICE}&activeproviders=+,{ROOF}", {"activeproviders": [ICE, ROOF]}),
        ("activeproviders=nobody", {"activeproviders": ["nobody"]}),
        (f"activeproviders={ICE}%2C{ROOF}", {"activeproviders": [ICE, ROOF]}),
        ("activeproviders=", {}),
    ],
    "fulltext": [
        ("fulltext=vitre", {"fulltext": ["vitre"]}),
        ("fulltext=VITR", {"fulltext": ["vitr"]}),
        ("fulltext=itre", {"fulltext": ["itre"]}),
        ("fulltext=Bris%C3%A9e,nord", {"fulltext": ["brisée", "nord"]}),
        ("fulltext=vitre+brisee", {"fulltext": ["vitre brisée"]}),
        ("fulltext=brisee+vitre", {"fulltext": ["brisée vitre"]}),
        ("fulltext=fuite&fulltext=evry", {"fulltext": ["fuite", "Évry"]}),
        ("fulltext=nice%2Criviera", {"fulltext": ["nice,riviera"]}),
        ("fulltext=", {}),
    ],
}
INSTANTS: dict[str, Good] = {
    "from": [
        (f"from={INSTANT}&to={INSTANT}", {"from": [INSTANT], "to": [INSTANT]}),
        (
            "from=2025-01-01T00:00:00Z&to=2025-01-01T00:00:00.007Z",
            {"from": ["2025-01-01T00:00:00.000Z"], "to": ["2025-01-01T00:00:00.007Z"]},
        ),
        (
            "from=2025-01-01T01:00:00.001%2B01:00&to=2025-01-01T00:00:00.01Z",
            {"from": ["2025-01-01T00:00:00.001Z"], "to": ["2025-01-01T00:00:00.010Z"]},
        ),
        (f"from=+{INSTANT}%20&to={INSTANT}&from=", {"from": [INSTANT], "to": [INSTANT]}),
        (
            "from=2025-01-01T00:00:00.003999Z&to=2025-01-01T00:00:00.006999999Z",
            {"from": [INSTANT], "to": ["2025-01-01T00:00:00.006Z"]},
        ),
        (
            "from=0001-01-01T00:00:00Z&to=2025-01-01T00:00:00.000Z",
            {"from": ["0001-01-01T00:00:00.000Z"], "to": ["2025-01-01T00:00:00.000Z"]},
        ),
    ],
    "to": [
        (f"to=2024-12-31T19:00:00.006-05:00&from={INSTANT}", {"from": [INSTANT], "to": ["2025-01-01T00:00:00.006Z"]}),
        (f"from={INSTANT}&to=9999-12-31T23:59:59.999Z", {"from": [INSTANT], "to": ["9999-12-31T23:59:59.999Z"]}),
        (
            "from=1999-01-01T00:00:00.000Z&to=1999-01-01T00:00:00.000Z",
            {"from": ["1999-01-01T00:00:00.000Z"], "to": ["1999-01-01T00:00:00.000Z"]},
        ),
    ],
}
FEED_WINDOW = "from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z"
PAGES: dict[str, Good] = {
    "listTickets": [(f"range={text}", {"range": [text]}) for text in ("0-0", "0-99", "7-30", "150-400")],
    "exportTickets": [(f"range={text}", {"range": [text]}) for text in ("0-0", "0-19999", "7-150", "150-400")],
    "listTicketEvents": [
        (
            f"range={text}&{FEED_WINDOW}",
            {"range": [text], "from": ["2020-01-01T00:00:00.000Z"], "to": ["2030-01-01T00:00:00.000Z"]},
        )
        for text in ("0-0", "0-99", "7-30", "150-400")
    ],
    **{
        name: [(f"range={text}", {"range": [text]}) for text in ("0-0", "0-99", "1-1", "1-30", "2-2", "150-400")]
        for name in LISTS
    },
    "ticketStats": [(f"range={text}", {}) for text in ("0-0", "1-0", "zz", "%zz", "", "0-1&range=0-1")],
}
LOOKED_UP: Good = [
    ("query=n", {"query": ["n"]}),
    ("query=NOR", {"query": ["nor"]}),
    ("query=orth", {"query": ["orth"]}),
    ("query=zo%C3%A9", {"query": ["Zoé"]}),
    ("query=zer319", {"query": ["zer319"]}),
    ("query=zer+319", {"query": ["zer 319"]}),
    ("query=froid,f", {"query": ["froid", "f"]}),
    ("query=froid,c", {"query": ["froid", "c"]}),
    ("query=f&query=fr&query=", {"query": ["f", "fr"]}),
    ("query=-,_", {}),
    ("query=", {}),
]


def good_values(endpoint: str, name: str) -> Good:
    """Return the valid queries with this parameter."""
    if name == "range":
        return PAGES[endpoint]
    if endpoint in LISTS:
        return LOOKED_UP
    return (INSTANTS if endpoint == "listTicketEvents" else FILTERS).get(name, [])


BROKEN = ("%", "%4", "%zz", "a,%g0", "%ff", "%C3", "%ED%A0%80")
RANGES = (
    "1-0",
    "0",
    "-1",
    "0-",
    "-1-5",
    "a-b",
    "0-1-2",
    "0+-+1",
    "0-1,2-3",
    "0x1-2",
    "1e1-2e1",
    "%D9%A0-%D9%A1",
    "%zz",
)
DAYS = (
    *("yesterday", "2016-02-30", "2023-02-29", "2016-13-01", "2016-00-01", "0000-01-01", "2016-2-3", "20160203"),
    *("2016-02-03T00:00:00Z", "2016-02-03,2016-02-04", "%2B2016-02-03", "%D9%A2016-02-03", "02/03/2016", "%zz"),
)
MOMENTS = (
    *(
        "2016-05-26",
        "2016-05-26T10:00:00",
        "2016-05-26T10:00Z",
        "2016-05-26T10:00:00.0000000001Z",
        "2016-05-26T10:00:00.Z",
    ),
    *("2016-05-26T24:00:00Z", "2016-05-26T10:60:00Z", "2016-05-26T10:00:60Z", "2016-02-30T10:00:00Z"),
    *("0000-05-26T10:00:00Z", "2016-05-26T10:00:00+02:00", "2016-05-26T10:00:00%2B18:01", "2016-05-26T10:00:00%2B02"),
    *("2016-05-26+10:00:00Z", "20160526T100000Z", "0001-01-01T00:00:00%2B01:00", "1464256800", "", "%zz"),
)
UIDS = ("x", NORTH[:-1], NORTH + "0", NORTH.replace("7", "g"), NORTH.replace("-", ""), f"%7B{NORTH}%7D", "%zz", "%ff")
BAD: dict[str, tuple[str, ...]] = {
    "range": (*RANGES, "0-9&range=0-9"),
    "agency": (*UIDS, f"{NORTH},x", f"{NORTH}%2Cx", f"{NORTH}&agency=x"),
    "status": ("opened", "Closed", "OPEN", "OPENED,CLOSED", "OPENED&status=CLOSED", "OPENED&status=OPENED", "%zz"),
    "location": BROKEN,
    "from": (*DAYS, "2016-05-26&from=2016-05-26"),
    "to": (*DAYS, "2016-05-26&to=2016-05-26", "2016-05-25&from=2016-05-26"),
    "callpurpose": BROKEN,
    "activeproviders": BROKEN,
    "fulltext": BROKEN,
    "query": (*BROKEN, "a" * 1_001, ",".join(f"a{number}" for number in range(21))),
    "ticket_uid": UIDS,
}
BAD_MOMENTS: dict[str, tuple[str, ...]] = {
    "from": (*MOMENTS, f"{INSTANT}&from={INSTANT}"),
    "to": (*MOMENTS, f"{INSTANT}&to={INSTANT}", "2025-01-01T00:00:00.002Z"),
}
NO_BAD_VALUE = {("ticketStats", "range"): "is ignored in any form (contract 85)"}


def bad_values(endpoint: str, name: str) -> tuple[str, ...]:
    """Return invalid values of a parameter as they are sent, some followed by more of the query."""
    if (endpoint, name) in NO_BAD_VALUE:
        return ()
    return (BAD_MOMENTS if endpoint == "listTicketEvents" else {}).get(name) or BAD[name]
