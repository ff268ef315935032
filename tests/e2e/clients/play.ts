// Plays commands with the client that openapi-typescript and openapi-fetch make of the API's description:
//
//     PASSWORD=… node play.js URL LOGIN COMMANDS.json
//
// Prints as JSON what the platform made of them.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./ticketstream.js";

type Schemas = components["schemas"];
type Step = { open: Schemas["OpenTicket"] } | { increment: Schemas["IncrementTicket"] };

const [url, login, file] = process.argv.slice(2);
const steps: Step[] = JSON.parse(readFileSync(file, "utf-8"));
const client = createClient<paths>({ baseUrl: url });

function expected<T>(data: T | undefined, error: unknown): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const session = await client.POST("/api/v1/login", { body: { login, password: process.env.PASSWORD ?? "" } });
const cookie = session.response.headers.getSetCookie()[0];
client.use({
  onRequest({ request }) {
    request.headers.set("Cookie", cookie);
    return request;
  },
});

const outcomes: string[] = [];
const events: Schemas["TicketEvent"][] = [];
let ticket = "";
let version = "";

type Outcome = {
  data?: Schemas["TicketEventResultView"];
  error?: Schemas["TicketEventError"] | Schemas["Error"];
  response: Response;
};

function note({ data, error, response }: Outcome): void {
  if (data === undefined) {
    outcomes.push(error?.errorType ?? String(response.status));
    return;
  }
  const [event] = data.events;
  outcomes.push(event.eventType);
  events.push(event);
  ticket = event.aggregateUid;
  version = response.headers.get("Ticket-Version") ?? "";
}

async function increment(command: Schemas["IncrementTicket"]): Promise<void> {
  note(
    await client.PATCH("/api/vEvent/tickets/{ticket_uid}", {
      params: { path: { ticket_uid: ticket } },
      body: command,
    }),
  );
}

for (const step of steps) {
  if ("open" in step) note(await client.POST("/api/vEvent/tickets", { body: step.open }));
  else await increment(step.increment);
}
await increment({
  commandType: "AddMessage",
  processUid: randomUUID(),
  message: "Played by a generated client.",
  messageAddedDate: new Date().toISOString(),
});

const params = { path: { ticket_uid: ticket }, header: { "If-Ticket-Version": version } };
const shown = await client.GET("/api/v1/tickets/{ticket_uid}", { params });
const detail = expected(shown.data, shown.error);
const listed = await client.GET("/api/v1/tickets", { params: { query: { fulltext: ["played"] } } });
const stats = await client.GET("/api/v1/tickets/stats");
const [first, last] = [events[0].sentDate, events[events.length - 1].sentDate];
const fed = await client.GET("/api/vEvent/tickets", { params: { query: { from: first, to: last } } });

console.log(
  JSON.stringify({
    outcomes,
    opened: detail.created,
    status: detail.status,
    journal: detail.journal.flatMap((day) => day.events.map((event) => event.eventName)),
    listed: expected(listed.data, listed.error).result.map((item) => item.uid === ticket),
    count: listed.response.headers.get("Content-Range"),
    lastSevenDays: expected(stats.data, stats.error).newTickets.lastSevenDays > 0,
    fed: expected(fed.data, fed.error).events.map((event) => event.eventType),
  }),
);
