// Makes open pages follow the platform. Without this script every page can be read and used; it is then loaded again by hand.

const EVENTS = "/api/vEvent/tickets/stream";
const AT_MOST_EVERY = 1000; // milliseconds between two refreshes
const AGAIN_AFTER = 5000; // milliseconds until a stream that the server ended is asked for again

/** Returns a function that runs `work` now or soon, at most once in `AT_MOST_EVERY`, and never twice at the same time. */
function paced(work) {
  let isWanted = false;
  let isRunning = false;
  return async function run() {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted && !document.hidden) {
      isWanted = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, AT_MOST_EVERY));
    }
    isRunning = false;
  };
}

/** Returns the document at `path`; null when it cannot be read now. Who is no longer logged in gets the form. */
async function read(path) {
  try {
    const answer = await fetch(path, { redirect: "manual" });
    if (answer.type === "opaqueredirect") location.reload();
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

/** Replaces the content of `shown` by that of `read`; the focus stays on the same link. */
function replace(shown, read) {
  const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  shown.replaceChildren(...read.childNodes);
  const links = [...shown.querySelectorAll("a[href]")];
  if (focused) links.find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
}

async function refreshRows(rows) {
  const page = await read(rows.dataset.part);
  if (!page) return;
  const shown = new Map([...rows.querySelectorAll("tr[data-uid]")].map((row) => [row.dataset.uid, row.textContent]));
  replace(rows, page.body);
  for (const row of rows.querySelectorAll("tr[data-uid]"))
    row.classList.toggle("fresh", shown.get(row.dataset.uid) !== row.textContent);
}

async function refreshTicket(ticket) {
  const page = await read(location.pathname);
  const news = page?.getElementById("ticket");
  if (news) replace(ticket, news);
}

/**
 * Calls `see` with the events of each message of the stream, and without events whenever the stream begins.
 *
 * A page that nobody sees has no stream: a browser has only six connections to a site for all its pages. A server
 * without a stream is not asked again.
 */
function follow(see, say) {
  let stream = null;
  let isServed = true;
  const end = () => {
    stream?.close();
    stream = null;
  };
  const begin = () => {
    if (stream || document.hidden || !isServed) return;
    stream = new EventSource(EVENTS);
    let wasOpen = false;
    stream.onopen = () => {
      say((wasOpen = true));
      see([]); // what came before the stream began
    };
    stream.onerror = () => {
      say(false);
      if (stream.readyState !== EventSource.CLOSED) return;
      end();
      isServed = wasOpen;
      setTimeout(begin, AGAIN_AFTER);
    };
    stream.onmessage = (message) => {
      const news = JSON.parse(message.data);
      see(Array.isArray(news) ? news : [news]);
    };
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? end() : begin()));
  addEventListener("pagehide", end);
  addEventListener("pageshow", begin);
  begin();
}

function followTickets() {
  const rows = document.getElementById("rows");
  const ticket = document.getElementById("ticket");
  if (rows?.dataset.live === "yes") {
    const live = document.getElementById("live");
    follow(paced(() => refreshRows(rows)), (isOn) => {
      live.hidden = false;
      live.classList.toggle("on", isOn);
      live.textContent = isOn ? live.dataset.on : live.dataset.off;
    });
  } else if (ticket) {
    const refresh = paced(() => refreshTicket(ticket));
    const concerns = (events) => !events.length || events.some((event) => event.aggregateUid === ticket.dataset.uid);
    follow((events) => concerns(events) && refresh(), () => {});
  }
}

function followPlatform() {
  const platform = document.getElementById("platform");
  if (!platform) return;
  const refresh = paced(async () => {
    const page = await read(platform.dataset.part);
    if (page) replace(platform, page.body);
  });
  setInterval(refresh, AT_MOST_EVERY);
}

/** Lets j and k, or the arrow keys, move through the list, and / go to the search. */
function moveByKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    const links = [...document.querySelectorAll("#rows tbody th a")];
    const here = links.indexOf(document.activeElement);
    if (event.key === "/" && document.getElementById("fulltext")) {
      document.getElementById("fulltext").focus();
    } else if (event.key in steps && links.length && (here >= 0 || event.key === "j" || event.key === "k")) {
      links[Math.min(Math.max(here + steps[event.key], 0), links.length - 1)].focus();
    } else {
      return;
    }
    event.preventDefault();
  });
}

followTickets();
followPlatform();
moveByKeys();
