"""The value types that commands, events and views consist of (`models.yaml`)."""

from typing import Annotated, Any, Literal, NamedTuple

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
"""The agency or patrimony that a ticket belongs to."""


class Location(NamedTuple):
    """The uids of a ticket's agency and patrimony; one of them is None."""

    agency: str | None
    patrimony: str | None


def location_of(reference: LocationReference) -> Location:
    """Return the location that a command or event names."""
    if isinstance(reference, AgencyLocation):
        return Location(reference.agencyUid, None)
    return Location(None, reference.patrimonyUid)


class ReferencedOperator(Record):
    """An operator known to the platform."""

    operatorUid: SafeUUID
    operatorType: Literal["ReferencedOperator"]


class AnonymousOperator(Record):
    """A person of whom only the name is known."""

    name: str
    operatorType: Literal["AnonymousOperator"]


class ReferencedUser(Record):
    """A user account of the platform."""

    userUid: SafeUUID
    operatorType: Literal["ReferencedUser"]


Operator = Annotated[ReferencedOperator | AnonymousOperator | ReferencedUser, Field(discriminator="operatorType")]
"""The person who sends a command."""


class PoorName(Record):
    """A full name in one text."""

    value: str
    nameType: Literal["PoorName"]


class CivilName(Record):
    """First and last name, with the civil gender if known."""

    gender: Gender | None = None
    firstName: str
    lastName: str
    nameType: Literal["CivilName"]


Name = Annotated[PoorName | CivilName, Field(discriminator="nameType")]
"""The name of a person or firm."""


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
"""A contact medium and its number or address."""


class HumanCaller(Record):
    """A person who called. The comment says, for example, how to enter the building."""

    name: Name
    medium: ContactMedium | None = None
    comment: str | None = None
    callerType: Literal["HumanCaller"]


AutomatonCaller = Literal["AutomatonCaller"]
"""A machine that opened the ticket; in JSON a plain string."""


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
"""Who opened the ticket. An automaton may also be sent as an object with this `callerType`."""


class ReferencedProvider(Record):
    """A provider contact of the platform."""

    providerUid: SafeUUID
    providerType: Literal["ReferencedProvider"]


class AnonymousProvider(Record):
    """A provider that is not in the directory. Each list may be empty."""

    name: Name
    phones: TextList
    fax: TextList
    emails: TextList
    providerType: Literal["AnonymousProvider"]


Provider = Annotated[ReferencedProvider | AnonymousProvider, Field(discriminator="providerType")]
"""The firm or person that intervenes."""


class UnClassifiedPersona(Record):
    """A person who is not a provider: name, role (for example caretaker), and why the person is called."""

    name: Name
    status: str | None = None
    callPurpose: str | None = None
    personaType: Literal["UnClassifiedPersona"]


class ProviderPersona(Record):
    """A provider who is called."""

    provider: Provider
    personaType: Literal["ProviderPersona"]


Persona = Annotated[UnClassifiedPersona | ProviderPersona, Field(discriminator="personaType")]
"""The person called."""


class Purpose(Record):
    """The first assignment of a provider, and its reason."""

    purpose: str
    providerAssignationPurposeType: Literal["Purpose"]


class RecourseChanged(Record):
    """A change of the provider, and its reason."""

    comment: str | None = None
    providerAssignationPurposeType: Literal["RecourseChanged"]


ProviderAssignationPurpose = Annotated[Purpose | RecourseChanged, Field(discriminator="providerAssignationPurposeType")]
"""Why a provider is assigned."""


class LogTrial(Record):
    """A coded line of the journal: its code in the caller's system, and the text that the journal shows."""

    trialCode: str | None = None
    trialLabel: str


class ClaimNumber(Record):
    """References to the ticket in other systems. Both may be absent."""

    callCenterClaimNumber: str | None = None
    clientClaimNumber: str | None = None


class ContactToCallback(Record):
    """The person to call back, how and when."""

    name: str
    medium: ContactMedium
    availability: DateTime | None = None
    comment: str | None = None


class RecipientIdentificationSupplement(Record):
    """The place inside the building."""

    floor: str | None = None
    unit: str | None = None
    entrance: str | None = None
    elevator: str | None = None
    staircase: str | None = None


class GeographicalIdentificationSupplement(Record):
    """The building."""

    building: str | None = None


_LONG_NAMES = {
    "recipientSupplement": "recipientIdentificationSupplement",
    "geographicalSupplement": "geographicalIdentificationSupplement",
}


class BasicAddress(Record):
    """The postal address of the incident. The two supplements may also be sent under their short names."""

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
    """The content of a ticket."""

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
    """The texts to replace. Absent ones do not change."""

    request: str | None = None
    instructions: str | None = None
    closingReport: str | None = None
