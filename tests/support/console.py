"""The console's own files, and texts that try to break its pages."""

from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files

from tests.support.data.tickets import AT_NORTH, Stored, stored

CONSOLE = files("services.gateway.console")

HOSTILE = (
    "<script>window.broken = 1</script>",
    '"><img src=x onerror="window.broken = 1">',
    "' onfocus='window.broken = 1' autofocus='",
    "</title></textarea></style><svg onload=window.broken=1>",
    "{{ 7 * 7 }} {% if 1 %}${7*7}#{7*7}{# #}",
    "{0} {key} %s %(key)s {first.__class__}",
    "javascript:window.broken=1",
    "\u202egnp.exe\u202c \u2066isolated \u200f right",
    "W" * 600,
    "\x00\x1b[31m\x07\x85",
    "&lt;b&gt; &amp; &#x3c;",
)
"""Texts that run, close an element, are a template's syntax, turn the reading direction, or have no place to break."""


def sources() -> Iterator[str]:
    """Yield the templates, scripts and modules of the console."""
    for folder in (CONSOLE / "templates", CONSOLE / "assets", CONSOLE):
        for file in folder.iterdir():
            if file.is_file():
                yield file.read_text(encoding="utf-8")


def life_with(ticket: str, text: str, sent: str) -> list[Stored]:
    """Return the events of a ticket that shows `text` in every place where people write."""
    name = {"value": text, "nameType": "PoorName"}
    mail = {"mail": text, "contactMediumType": "Mail"}
    address = dict.fromkeys(("quality", "street", "complement", "zipCode", "city", "state", "country"), text)
    content = {
        "caller": {"name": name, "medium": mail, "comment": text, "callerType": "HumanCaller"},
        "claimNumber": {"clientClaimNumber": text},
        "address": address,
        "request": text,
        "instructions": text,
        "callPurposeLabel": text,
        "altCallPurpose": {},
        "additionalData": {text.replace("\x00", ""): text},
    }
    provider = {"name": name, "phones": [text], "fax": [text], "emails": [text], "providerType": "AnonymousProvider"}
    dates = {"openedDate": sent, "sentDate": sent}
    return [
        stored(ticket, 1, "TicketOpened", ticket=content, locationRef=AT_NORTH, **dates),
        stored(ticket, 2, "ProviderAssigned", provider=provider, date=sent, sentDate=sent),
        stored(ticket, 3, "CallReceived", caller=text, medium=mail, date=sent, sentDate=sent),
        stored(ticket, 4, "LogTrialAdded", logTrial={"trialCode": text, "trialLabel": text}, sentDate=sent),
        stored(ticket, 5, "MessageAdded", message=text, messageAddedDate=sent, sentDate=sent),
        stored(ticket, 6, "InterventionDeadlineDefined", date=sent, deadline=sent, sentDate=sent),
        stored(ticket, 7, "TicketClosed", brakedownNature=text, report=text, closingDate=sent, sentDate=sent),
    ]


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, in order, and its texts and values."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())
