#!/bin/sh
# Open a ticket exactly once, and show it.
#
#     PASSWORD=… ./open_ticket.sh https://tickets.example.com demo 7eccba5b-25c6-153f-2feb-7aef9e509123
#
# The last argument is the uid of an agency. It needs only curl, on Linux.
set -eu

url=$1 login=$2 agency=$3

# The session and the answers are files that nobody else can read; they are removed at the end.
umask 077
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT

# curl repeats a request that is not answered or answered 503. The body stays the same, and with it the processUid:
# the command is applied at most once.
ask() {
	curl --silent --show-error --retry 5 --retry-all-errors --max-time 30 --header 'Content-Type: application/json' \
		--cookie-jar "$files/session" --cookie "$files/session" "$@"
}

# The body comes from standard input: arguments of a program can be seen by other users. This password must not have
# a quote or a backslash.
printf '{"login": "%s", "password": "%s"}' "$login" "$PASSWORD" |
	ask --fail --retry 0 --data-binary @- "$url/api/v1/login" # each attempt counts: see 429

ticket=$(cat /proc/sys/kernel/random/uuid)
status=$(ask --output "$files/answer" --write-out '%{http_code}' --data-binary @- "$url/api/vEvent/tickets" << END
{
  "commandType": "OpenTicket",
  "processUid": "$(cat /proc/sys/kernel/random/uuid)",
  "aggregateUid": "$ticket",
  "locationRef": {"locationReferenceType": "AgencyLocation", "agencyUid": "$agency"},
  "openedDate": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "ticket": {
    "caller": {"callerType": "HumanCaller", "name": {"nameType": "PoorName", "value": "Mme Lefevre"}},
    "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
    "request": "The lift is stuck between two floors.",
    "callPurposeLabel": "Lift",
    "claimNumber": {}, "altCallPurpose": {}, "additionalData": {}
  }
}
END
)

# 400 CommandAlreadySent: an earlier attempt was accepted, and its answer was lost.
if [ "$status" != 201 ] && ! grep -q '"CommandAlreadySent"' "$files/answer"; then
	echo "The command was answered with $status:" >&2
	cat "$files/answer" >&2
	exit 1
fi

# The read waits until the views have this version of the ticket.
ask --fail --header "If-Ticket-Version: $ticket:1" "$url/api/v1/tickets/$ticket"
echo
