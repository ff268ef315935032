"""The types of answers that the contract's tables do not have: the caller, and entries of the directory.

Pure. `setup.yaml` of the contract has the fields of the entries and of a scope.
"""

from collections.abc import Mapping
from typing import Any, get_args

from services.gateway.openapi.parameters import Fragment, typed
from shared.accounts.scopes import ScopeKind
from shared.accounts.users import Role

UID, ACCOUNT = "7eccba5b-25c6-153f-2feb-7aef9e509123", "aaaaaaaa-3286-74d1-ab19-c8539d1dc741"
PATRIMONY, PROVIDER = "f178e729-3286-74d1-ab19-c8539d1dc741", "7943797a-93c4-73f9-48f8-6baea5e94d13"
OPERATOR = "00000001-0000-4000-8000-00000000000a"
AGENCY = {"uid": UID, "label": "Agence du Nord", "accountUid": ACCOUNT}

EXAMPLES: Mapping[str, Any] = {
    "Caller": {"login": "demo", "role": "operator", "scope": {"kind": "agencies", "uids": [UID]}},
    "AgencyList": {"result": [AGENCY]},
    "PatrimonyList": {
        "result": [{"uid": PATRIMONY, "ref": "ZER319", "label": "Tour Émeraude", "agencyUids": [UID]}],
    },
    "ProviderList": {
        "result": [
            {"uid": PROVIDER, "name": "Froid 59", "phones": ["03 20 00 00 00"], "fax": [], "emails": ["a@example.org"]}
        ]
    },
    "OperatorList": {"result": [{"uid": OPERATOR, "name": "Zoé Martin"}]},
}
"""A body of each type of an answer."""


def _text(description: str) -> Fragment:
    return {"type": "string", "description": description}


def _texts(description: str) -> Fragment:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def own_types() -> dict[str, Fragment]:
    """Return the types by name, in the order of the alphabet."""
    entries = {
        "Agency": _record(
            "Agency",
            "An agency.",
            {
                "uid": _uid("The agency's uid, as commands name it."),
                "label": _text("The agency's name."),
                "accountUid": _uid("The account that the agency belongs to."),
            },
        ),
        "Patrimony": _record(
            "Patrimony",
            "A building or group of buildings. Tickets show `label`, or `ref` without one.",
            {
                "uid": _uid("The patrimony's uid, as commands name it."),
                "ref": _text("The reference that its manager uses."),
                "label": _text("The patrimony's name."),
                "agencyUids": _uids("The agencies that manage it."),
            },
            optional="label",
        ),
        "ProviderContact": _record(
            "ProviderContact",
            "A firm or person that intervenes.",
            {
                "uid": _uid("The `providerUid` of commands."),
                "name": _text("The provider's name."),
                "phones": _texts("Telephone numbers."),
                "fax": _texts("Fax numbers."),
                "emails": _texts("Addresses of electronic mail."),
            },
        ),
        "OperatorEntry": _record(
            "OperatorEntry",
            "A person of the call centre.",
            {"uid": _uid("The `operatorUid` of commands."), "name": _text("The operator's name.")},
        ),
    }
    lists = zip(("AgencyList", "PatrimonyList", "ProviderList", "OperatorList"), entries, strict=True)
    return dict(
        sorted(
            {
                **entries,
                **{name: _list(name, entry) for name, entry in lists},
                "Caller": _record(
                    "Caller",
                    "The user who asks.",
                    {
                        "login": _text("The name that the user logs in with."),
                        "role": _text("An `operator` may send commands, a `reader` may not.") | _one_of(Role),
                        "scope": typed("Scope") | {"description": "Which tickets the user sees."},
                    },
                ),
                "Scope": _record(
                    "Scope",
                    "The tickets that the user sees. `uids` are absent from the scope of everything.",
                    {
                        "kind": _text("`everything`, or what the uids are of.") | _one_of(ScopeKind),
                        "uids": _uids("The accounts, agencies or patrimonies whose tickets the user sees."),
                    },
                    optional="uids",
                ),
            }.items()
        )
    )


def _uid(description: str) -> Fragment:
    return typed("SafeUUID") | {"description": description}


def _uids(description: str) -> Fragment:
    return {"type": "array", "items": typed("SafeUUID"), "description": description}


def _one_of(names: Any) -> Fragment:
    return {"enum": [*get_args(names)]}


def _record(name: str, text: str, fields: Mapping[str, Fragment], *, optional: str = "") -> Fragment:
    required = [field for field in fields if field != optional]
    return {"title": name, "description": text, "type": "object", "properties": dict(fields), "required": required}


def _list(name: str, entry: str) -> Fragment:
    entries = {"type": "array", "items": typed(entry), "description": "The entries of the page."}
    return _record(name, "A page of a list.", {"result": entries})
