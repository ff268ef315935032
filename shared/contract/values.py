"""The value types that commands, events and views are made of (`models.yaml`)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from shared.contract.record import Record
from shared.contract.scalars import DateTime, Gender, NullableTexts, SafeUUID, TextList, TextLists


class AgencyLocation(Record):
    """The ticket belongs to an agency."""

    agencyUid: SafeUUID
    locationReferenceType: Literal["AgencyLocation"]


class PatrimonyLocation(Record):
    """The ticket belongs to a patrimony, whose agencies become the ticket's."""

    patrimonyUid: SafeUUID
    locationReferenceType: Literal["PatrimonyLocation"]


LocationReference = Annotated[AgencyLocation | PatrimonyLocation, Field(discriminator="locationReferenceType")]
"""What the ticket is tied to."""


class ReferencedOperator(Record):
    """An operator known to the platform."""

    operatorUid: SafeUUID
    operatorType: Literal["ReferencedOperator"]


class AnonymousOperator(Record):
    """A person known by a plain name alone."""

    name: str
    operatorType: Literal["AnonymousOperator"]


class ReferencedUser(Record):
    """A user account of the platform."""

    userUid: SafeUUID
    operatorType: Literal["ReferencedUser"]


Operator = Annotated[ReferencedOperator | AnonymousOperator | ReferencedUser, Field(discriminator="operatorType")]
"""Person behind a command."""


class PoorName(Record):
    """A whole name in one text."""

    value: str
    nameType: Literal["PoorName"]


class CivilName(Record):
    """First and last name, with the civil gender if known."""

    gender: Gender | None = None
    firstName: str
    lastName: str
    nameType: Literal["CivilName"]


Name = Annotated[PoorName | CivilName, Field(discriminator="nameType")]
"""Name of a person or firm."""


class Phone(Record):
    """A telephone number, in any format."""

    phone: str
    contactMediumType: Literal["Phone"]


class Fax(Record):
    """A fax number."""

    fax: str
    contactMediumType: Literal["Fax"]


class Mail(Record):
    """A mail address."""

    mail: str
    contactMediumType: Literal["Mail"]


class SMS(Record):
    """A telephone number that takes text messages."""

    phone: str
    contactMediumType: Literal["SMS"]


ContactMedium = Annotated[Phone | Fax | Mail | SMS, Field(discriminator="contactMediumType")]
"""Channel and its address."""


class HumanCaller(Record):
    """A person called; the comment says for instance how to get in."""

    name: Name
    medium: ContactMedium | None = None
    comment: str | None = None
    callerType: Literal["HumanCaller"]


AutomatonCaller = Literal["AutomatonCaller"]
"""A machine raised the ticket; a bare string on the wire."""


def _caller_tag(caller: object) -> str | None:
    if isinstance(caller, str):
        return "AutomatonCaller"
    tag = caller.get("callerType") if isinstance(caller, dict) else getattr(caller, "callerType", None)
    return tag if isinstance(tag, str) else None


def _bare(caller: Any) -> Any:
    return caller["callerType"] if isinstance(caller, dict) else caller


CallerType = Annotated[
    Annotated[HumanCaller, Tag("HumanCaller")]
    | Annotated[AutomatonCaller, BeforeValidator(_bare), Tag("AutomatonCaller")],
    Discriminator(
        _caller_tag,
        custom_error_type="caller_type",
        custom_error_message="must be AutomatonCaller or an object with callerType HumanCaller",
    ),
]
"""Origin of the ticket; an automaton is read from an object with only its tag too, and written as a string."""


class ReferencedProvider(Record):
    """A provider contact of the platform."""

    providerUid: SafeUUID
    providerType: Literal["ReferencedProvider"]


class AnonymousProvider(Record):
    """A provider that the directory does not know; each list may be empty."""

    name: Name
    phones: TextList
    fax: TextList
    emails: TextList
    providerType: Literal["AnonymousProvider"]


Provider = Annotated[ReferencedProvider | AnonymousProvider, Field(discriminator="providerType")]
"""Firm or person that intervenes."""


class UnClassifiedPersona(Record):
    """Someone who is no provider: name, role (e.g. caretaker), why they are called."""

    name: Name
    status: str | None = None
    callPurpose: str | None = None
    personaType: Literal["UnClassifiedPersona"]


class ProviderPersona(Record):
    """A provider that is called."""

    provider: Provider
    personaType: Literal["ProviderPersona"]


Persona = Annotated[UnClassifiedPersona | ProviderPersona, Field(discriminator="personaType")]
"""Person called."""


class Purpose(Record):
    """First choice of a provider, and its reason."""

    purpose: str
    providerAssignationPurposeType: Literal["Purpose"]


class RecourseChanged(Record):
    """Change of provider, and its reason."""

    comment: str | None = None
    providerAssignationPurposeType: Literal["RecourseChanged"]


ProviderAssignationPurpose = Annotated[Purpose | RecourseChanged, Field(discriminator="providerAssignationPurposeType")]
"""Why a provider is assigned."""


class LogTrial(Record):
    """A coded journal line: code in the caller's system, text shown in the journal."""

    trialCode: str | None = None
    trialLabel: str


class ClaimNumber(Record):
    """Outside references of the ticket; both may be absent."""

    callCenterClaimNumber: str | None = None
    clientClaimNumber: str | None = None


class ContactToCallback(Record):
    """Person to ring back, how and when."""

    name: str
    medium: ContactMedium
    availability: DateTime | None = None
    comment: str | None = None


class RecipientIdentificationSupplement(Record):
    """Where inside the building."""

    floor: str | None = None
    unit: str | None = None
    entrance: str | None = None
    elevator: str | None = None
    staircase: str | None = None


class GeographicalIdentificationSupplement(Record):
    """Which building."""

    building: str | None = None


_LONG_NAMES = {
    "recipientSupplement": "recipientIdentificationSupplement",
    "geographicalSupplement": "geographicalIdentificationSupplement",
}


class BasicAddress(Record):
    """Postal address of the incident; the two supplements are read under their short names too."""

    quality: str | None = None
    street: str
    complement: str | None = None
    recipientIdentificationSupplement: RecipientIdentificationSupplement | None = None
    geographicalIdentificationSupplement: GeographicalIdentificationSupplement | None = None
    zipCode: str
    city: str
    state: str | None = None
    country: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_short_names(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        missing = {short: long for short, long in _LONG_NAMES.items() if fields.get(long) is None}
        return fields | {long: fields[short] for short, long in missing.items() if short in fields}


class TicketInfos(Record):
    """Content of a ticket."""

    caller: CallerType
    contactToCallback: ContactToCallback | None = None
    claimNumber: ClaimNumber
    address: BasicAddress
    request: str
    instructions: str | None = None
    callPurposeLabel: str
    altCallPurpose: TextLists
    additionalData: NullableTexts


class FieldsToCorrect(Record):
    """Texts to overwrite; absent ones stay."""

    request: str | None = None
    instructions: str | None = None
    closingReport: str | None = None
