"""What each field of the contract means, for the OpenAPI and AsyncAPI documents. Pure.

A field has one text for all types, and a type in which it means something else has a text of its own. An event has the
fields of its command, so most texts serve both.
"""

from collections.abc import Mapping

_CORRECTABLE = "Free text. `CorrectTicketEventInformations` can replace it in the views."
_CHANNELS = "An array, empty if none is known."
_NUMBERS = "Numbers of tickets"
_MILLISECONDS = "in milliseconds. Absent while it cannot be computed, and if it would be negative."
_ON_SITE = "arrival or departure of the provider, start or end of the intervention"

FIELDS: Mapping[str, str] = {
    # identity
    "processUid": "Identifies the command; the sender chooses it. A command that is sent again with the same "
    "`processUid` never becomes a second event. It also identifies the event within its ticket.",
    "aggregateUid": "The ticket's uid.",
    "commandType": "The type of the command.",
    "eventType": "The type of the event.",
    "operator": "Who did it, as the sender says. The server inserts the user of the session into a command without it.",
    "sentDate": "When the server received the command, in UTC.",
    # steps
    "date": "When it happened. The time is the sender's and may lie in the past.",
    "comment": "Free text. It may be empty.",
    "provider": "The provider concerned.",
    "medium": "The contact medium that was used.",
    "recipient": "Who was called or written to.",
    "purpose": "Why the provider is assigned, and whether it is the first assignment or a change.",
    "reportDate": "When it was reported. The time is the sender's and may lie in the past.",
    "sendingDate": "When the service order was sent.",
    "startDate": "Start of the planned time slot.",
    "endDate": "End of the planned time slot, not before `startDate`.",
    "deadline": "The latest time for the intervention.",
    "logTrial": "The coded line.",
    "trialCode": "The line's code in the sender's system.",
    "trialLabel": "The line's text, which the journal shows.",
    "logTrialAddedDate": "When the line was written.",
    "message": "The commentary. `CorrectTicketEventInformations` can replace it in the views.",
    "messageAddedDate": "When the commentary was written.",
    "startedDate": "When the intervention started.",
    "finishedDate": "When the intervention ended.",
    # closing and correcting
    "brakedownNature": "The nature of the breakdown. The spelling of the field is fixed.",
    "stillOnSite": "Whether the provider was still on site.",
    "report": "The report of the intervention.",
    "result": "The outcome, in words.",
    "closingDate": "When the ticket was closed.",
    "fieldsToCorrect": "The texts to replace. At least one is required.",
    "fieldsCorrected": "The texts that were replaced.",
    "closingReport": "Replaces the report of the closing. It must not be blank. Only a closed ticket accepts it.",
    "targetedEvent": "`processUid` of the event whose text is replaced: a `MessageAdded`, `CallReceived` or "
    "`CallEmittedTo` of the same ticket.",
    "text": "The new text. It must not be blank.",
    # content of a ticket
    "ticket": "The content of the ticket.",
    "openedDate": "When the ticket was opened. Views show it as `created`.",
    "locationRef": "The agency or patrimony that the ticket belongs to.",
    "locationReferenceType": "The type of the location.",
    "agencyUid": "The agency's uid.",
    "patrimonyUid": "The patrimony's uid. Its agencies become the ticket's.",
    "caller": "Who opened the ticket.",
    "contactToCallback": "The person to call back.",
    "claimNumber": "References to the ticket in other systems. The object may be empty.",
    "address": "The place of the incident.",
    "request": "The problem, in words.",
    "instructions": "What the provider should know.",
    "callPurposeLabel": "The trade or kind of problem. Views and filters name it call purpose.",
    "altCallPurpose": "Free keys, each with an array of texts. The object may be empty. Views do not show it.",
    "additionalData": "The client's own fields: free keys, each with a text or null. The object may be empty. Views "
    "show it as `additionalDataz`.",
    "callCenterClaimNumber": "The reference of the call center.",
    "clientClaimNumber": "The reference of the client.",
    "availability": "When the person can be called.",
    "quality": "The addressee, or the name of the site.",
    "street": "Number and street, in one line.",
    "complement": "A second line of the address.",
    "recipientIdentificationSupplement": "The place inside the building. `recipientSupplement` is read too.",
    "geographicalIdentificationSupplement": "The building. `geographicalSupplement` is read too.",
    "zipCode": "The postal code.",
    "city": "The town. The filter `location` compares it.",
    "state": "The region or state.",
    "country": "The country.",
    "floor": "The floor.",
    "unit": "The number of the flat or unit.",
    "entrance": "The entrance.",
    "elevator": "The lift.",
    "staircase": "The staircase.",
    "building": "The building.",
    # people and firms
    "operatorType": "The type of the operator.",
    "operatorUid": "The operator's uid in the directory.",
    "userUid": "The uid of the user account.",
    "nameType": "The type of the name.",
    "gender": "The civil gender.",
    "firstName": "The first name.",
    "lastName": "The last name.",
    "callerType": "The type of the caller.",
    "contactMediumType": "The type of the contact medium.",
    "phone": "The telephone number, in any format.",
    "mail": "The mail address.",
    "phones": f"Telephone numbers, in any format. {_CHANNELS}",
    "fax": f"Fax numbers, in any format. {_CHANNELS}",
    "emails": f"Mail addresses. {_CHANNELS}",
    "personaType": "The type of the person called.",
    "providerType": "The type of the provider.",
    "providerUid": "The provider's uid in the directory.",
    "providerAssignationPurposeType": "First assignment (`Purpose`) or change (`RecourseChanged`) of the provider.",
    # views
    "mediumType": "The type of the contact medium.",
    "identifier": "The number or address.",
    "interventionScheduled": "The time slot that was planned last.",
    "interventionDeadline": "The deadline that was defined last, in UTC. A formal notice does not change it.",
    "formalNotice": "The last formal notice.",
    "freeCommentaries": "The commentaries, the oldest first.",
    "additionalDataz": "The client's own fields, without those that are null. The spelling of the field is fixed.",
    "aggregations": "Numbers of tickets by status, agency, call purpose, town, intervention and provider.",
    "callPurposes": f"{_NUMBERS} by call purpose.",
    "locations": f"{_NUMBERS} by town.",
    "interventions": f"{_NUMBERS} with an intervention (`true`) and without (`false`).",
    "providers": f"{_NUMBERS} by provider: `value` is the uid, `label` the name.",
    "journal": "All events except the opening, by day, the oldest day first.",
    "day": "The day in Europe/Paris.",
    "events": "The events, in the order in which the server received them.",
    "eventName": "The type of the event.",
    "data": "More about the event. The shape depends on `eventName`, and many have an empty object.",
    "called": "The name of the person or firm that was called. Absent if it is not known.",
    "type": "First assignment or change of the provider.",
    "brakeDownNature": "The nature of the breakdown. The journal has its own spelling of this field.",
    "callCenterReactionTime": f"Time from the opening to the first event that is not an {_ON_SITE}, {_MILLISECONDS}",
    "transmissionTime": f"Time from the opening to the first `MissionAccepted`, {_MILLISECONDS}",
    "interventionResponseTime": f"Time from the opening to the first {_ON_SITE}, {_MILLISECONDS}",
    "interventionDuration": f"Time from the first start of an intervention to the last end after it, {_MILLISECONDS}",
    "repairTime": "Time from the opening to the end of the intervention that `interventionDuration` measures, "
    f"{_MILLISECONDS}",
    "newTickets": "Numbers of tickets created in recent time.",
    "ticketCreationFrequency": "How often tickets are created.",
    "lastSevenDays": "Tickets created in the last seven days of Europe/Paris, today included.",
    "lastMonth": "Tickets created in the previous calendar month.",
    "currentMonth": "Tickets created in this calendar month.",
    "byDay": "Tickets created per day of the selected span, with two decimals at most.",
    # login and errors
    "login": "The login name of the account.",
    "password": "The password of the account.",
    "errorType": "A code for programs.",
}
"""The text of a field, by its name."""


def _in(*kinds: str, **texts: str) -> Mapping[tuple[str, str], str]:
    """Return the texts of these fields in each of these types."""
    return {(kind, field): text for kind in kinds for field, text in texts.items()}


_WHO_CALLED = "The name of the caller."
_PROVIDER = "The provider's name. Absent if it is not known."
_CORRECTED = "with its last correction if there is one."

OF_ONE_TYPE: Mapping[tuple[str, str], str] = {
    # commands and events
    **_in("OpenTicket", aggregateUid="The uid for the new ticket. Without it, the uid is derived from `processUid`."),
    **_in("EmitCallTo", "CallEmittedTo", comment=_CORRECTABLE),
    **_in(
        *("ReceiveCall", "CallReceived"),
        caller=_WHO_CALLED,
        callPurpose="The reason of the call.",
        comment=_CORRECTABLE,
    ),
    **_in("ReportSendingServiceOrder", operator="Who did it, as the sender says."),
    **_in("ReportSendingServiceOrder", "SendingServiceOrderReported", ref="The reference of the service order."),
    **_in(
        *("ReportFormalNoticeForProvider", "FormalNoticeForProviderReported"),
        ref="The reference of the formal notice.",
        deadline="The new deadline, not before the one in force.",
    ),
    **_in("ReopenTicket", "TicketReopened", purpose="Why the ticket is opened again."),
    **_in("UpdateTicket", ticket="The new content. It replaces the old one as a whole."),
    **_in("UpdateTicket", "TicketUpdated", openedDate="The corrected date of the opening. Views show it as `created`."),
    # values
    **_in(
        "FieldsToCorrect",
        request="Replaces `request` of the ticket. It must not be blank.",
        instructions="Replaces `instructions` of the ticket. It must not be blank.",
    ),
    **_in("AnonymousOperator", name="The operator's name."),
    **_in("AnonymousProvider", name="The provider's name."),
    **_in("PoorName", value="The whole name."),
    **_in("Fax", fax="The fax number, in any format."),
    **_in(
        "HumanCaller",
        name="The caller's name.",
        medium="How to reach the caller.",
        comment="Free text, for example how to enter the building.",
    ),
    **_in("ContactToCallback", name="The person's name.", medium="How to reach the person."),
    **_in(
        "UnClassifiedPersona",
        name="The person's name.",
        status="The person's role, for example caretaker.",
        callPurpose="Why the person is called.",
    ),
    **_in("ProviderPersona", provider="The provider who is called."),
    **_in("Purpose", purpose="Why this provider is assigned."),
    **_in("RecourseChanged", comment="Why the provider is changed."),
    # views
    **_in(
        *("TicketQueryView", "ExportedTicket", "DetailedTicketView"),
        uid="The ticket's uid.",
        ref="The ticket's reference for people: `clientClaimNumber`, otherwise `callCenterClaimNumber`, otherwise the "
        "uid.",
        agencies="The ticket's agency, or the agencies of its patrimony.",
        patrimony="The ticket's patrimony, if its location is one.",
        status="Whether the ticket is open or closed.",
        state="How far the work on the ticket is.",
        created="When the ticket was opened, in UTC.",
        updated="The latest date of the ticket's events, in UTC.",
        closed="When the ticket was first closed since its last opening, in UTC. Absent while it is open.",
        callPurpose="The trade or kind of problem: `callPurposeLabel` of the ticket.",
        provider="The provider of the last event that names one.",
    ),
    **_in("ExportedTicket", "DetailedTicketView", request=f"The problem, {_CORRECTED}"),
    **_in(
        "DetailedTicketView",
        instructions=f"What the provider should know, {_CORRECTED}",
        report=f"The report of the last closing that has one, {_CORRECTED}",
    ),
    **_in("TicketResultView", "TicketExportView", result="The tickets of the page, the newest first."),
    **_in("AgencyAbstract", uid="The agency's uid.", name="The agency's name."),
    **_in(
        "PatrimonyAbstract",
        uid="The patrimony's uid.",
        name="The patrimony's label, or its reference if it has none.",
    ),
    **_in(
        "TicketStateView",
        value="The type of the last event that changed the progress.",
        date="The date of that event, in UTC.",
    ),
    **_in(
        *("CallerQueryView", "CallerTicketDetailedQueryView"),
        name="The caller's name; `AutomatonCaller` for a machine.",
        medium="How to reach the caller.",
    ),
    **_in("CallerTicketDetailedQueryView", comment="Free text, for example how to enter the building."),
    **_in(
        "ProviderQueryView",
        uid="The provider's uid. Absent for a provider that is not in the directory.",
        name=_PROVIDER,
    ),
    **_in("FreeCommentary", date="When the commentary was written, in UTC."),
    **_in("FreeCommentary", "MessageData", message=f"The commentary, {_CORRECTED}"),
    **_in(
        "InterventionScheduled",
        startDate="Start of the time slot, in UTC.",
        endDate="End of the time slot, in UTC.",
    ),
    **_in(
        "FormalNotice",
        date="When the notice was reported, in UTC.",
        deadline="The deadline that the notice sets, in UTC.",
    ),
    **_in("TermAggregation", "NestedTermAggregation", count="The number of tickets."),
    **_in("TermAggregation", value="The value that the tickets have."),
    **_in("NestedTermAggregation", value="The uid of the entry.", label="The name of the entry."),
    **_in(
        "Aggregations",
        status=f"{_NUMBERS} by status.",
        agencies=f"{_NUMBERS} by agency: `value` is the uid, `label` the name.",
    ),
    **_in("DayEvent", events="The entries of the day, the oldest first."),
    **_in(
        "JournalEvent",
        date="When it happened, in UTC. An event without such a date has the time at which the server received it.",
    ),
    **_in("CallEmittedData", "CallReceivedData", medium="The type of the contact medium."),
    **_in("CallReceivedData", caller=_WHO_CALLED),
    **_in("AssignationData", "ProviderData", provider=_PROVIDER),
    # errors
    **_in("Error", "TicketEventError", message="A sentence for people."),
    **_in("TicketEventError", errorType="Why the command is refused."),
}
"""The text of a field in one type, by type and name, where `FIELDS` would not be right."""


def description_of(kind: str, field: str) -> dict[str, str]:
    """Return the entry `description` of a field of the type `kind` in a JSON Schema: no entry if it has no text."""
    text = OF_ONE_TYPE.get((kind, field), FIELDS.get(field))
    return {"description": text} if text else {}
