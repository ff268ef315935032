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

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def own_types() -> dict[str, Fragment]:
    """Return the types by name, in the order of the alphabet."""
    uid = typed("SafeUUID")
    uids = {"type": "array", "items": uid}
    entries = {
        "Agency": _record("Agency", "An agency.", {"uid": uid, "label": _TEXT, "accountUid": uid}),
        "Patrimony": _record(
            "Patrimony",
            "A building or group of buildings. Tickets show `label`, or `ref` without one.",
            {"uid": uid, "ref": _TEXT, "label": _TEXT, "agencyUids": uids},
            optional="label",
        ),
        "ProviderContact": _record(
            "ProviderContact",
            "A firm or person that intervenes; `uid` is the `providerUid` of commands.",
            {"uid": uid, "name": _TEXT, "phones": _TEXTS, "fax": _TEXTS, "emails": _TEXTS},
        ),
        "OperatorEntry": _record(
            "OperatorEntry",
            "A person of the call centre; `uid` is the `operatorUid` of commands.",
            {"uid": uid, "name": _TEXT},
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
                    {"login": _TEXT, "role": {"type": "string", "enum": [*get_args(Role)]}, "scope": typed("Scope")},
                ),
                "Scope": _record(
                    "Scope",
                    "The tickets that the user sees. `uids` are absent from the scope of everything.",
                    {"kind": {"type": "string", "enum": [*get_args(ScopeKind)]}, "uids": uids},
                    optional="uids",
                ),
            }.items()
        )
    )


def _record(name: str, text: str, fields: Mapping[str, Fragment], *, optional: str = "") -> Fragment:
    required = [field for field in fields if field != optional]
    return {"title": name, "description": text, "type": "object", "properties": dict(fields), "required": required}


def _list(name: str, entry: str) -> Fragment:
    return _record(name, "A page of a list.", {"result": {"type": "array", "items": typed(entry)}})
