/** The background: wires the browser's events to the desk. It may be stopped at any time and loses nothing. */

import type { FromOwnPage, FromSite, Message } from "../messages";
import { loadSettings } from "../settings";
import { Desk } from "./desk";
import { syncSites } from "./registration";

const TEND = "tend";
const FAILURES = "failures";
const LONGEST_WAIT_MIN = 30;

const desk = new Desk(chrome.storage.local as never, loadSettings);

// Chromium can keep storage from content scripts; Firefox has no such switch yet, and ours never read it.
void chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });

chrome.runtime.onMessage.addListener((message: Message, sender, reply: (answer: unknown) => void) => {
  if (sender.id !== chrome.runtime.id || sender.tab?.incognito) return false;
  const own = sender.url?.startsWith(chrome.runtime.getURL(""));
  const answer = fromSite(message as FromSite) ?? (own ? fromOwnPage(message as FromOwnPage) : undefined);
  if (!answer) return false;
  void answer
    .catch((error: unknown) => console.error("recsys:", error))
    .then(reply)
    .then(tendLater);
  return true;
});

function fromSite(message: FromSite): Promise<unknown> | undefined {
  switch (message.kind) {
    case "scores":
      return desk.scores(message);
    case "mark":
      return desk.mark(message, message);
    case "undo":
      return desk.undo(message.undoes);
    case "reading":
      return desk.reading(message);
    default:
      return undefined;
  }
}

function fromOwnPage(message: FromOwnPage): Promise<unknown> {
  switch (message.kind) {
    case "today":
      return desk.today();
    case "mark-listed":
      return desk.mark(message, message);
    case "opened":
      return desk.opened(message.item, message.place);
    case "check":
      return desk.check();
    case "send-now":
      return desk.send();
    case "retry-refused":
      return desk.retryRefused();
  }
}

/** Finish what pages left unsaid, and send; then see when to do so again. */
async function tend(): Promise<void> {
  await desk.finishVisits();
  const { sent } = await desk.send();
  const held = await chrome.storage.local.get(FAILURES);
  await chrome.storage.local.set({ [FAILURES]: sent ? 0 : Number(held[FAILURES] ?? 0) + 1 });
  await tendLater();
}

/** An alarm where something waits: soon while somebody reads, else later and later while the server is away. */
async function tendLater(): Promise<void> {
  const [waiting, reading, settings] = await Promise.all([
    desk.queue.waiting(),
    desk.visits.ongoing(),
    loadSettings(),
  ]);
  await chrome.action.setBadgeText({ text: settings.paused ? "off" : waiting ? String(waiting) : "" });
  if (settings.paused || (!waiting && !reading)) {
    await chrome.alarms.clear(TEND);
    return;
  }
  const held = await chrome.storage.local.get(FAILURES);
  const wait = reading ? 1 : Math.min(LONGEST_WAIT_MIN, 2 ** Number(held[FAILURES] ?? 0));
  if (!(await chrome.alarms.get(TEND))) await chrome.alarms.create(TEND, { delayInMinutes: wait });
}

chrome.alarms.onAlarm.addListener(() => void tend());
chrome.permissions.onAdded.addListener(() => void syncSites());
chrome.permissions.onRemoved.addListener(() => void syncSites());
chrome.storage.onChanged.addListener((changes) => {
  if ("settings" in changes) void tend(); // unpaused, or another server
});
chrome.runtime.onStartup.addListener(() => void start());
chrome.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === "install") void chrome.runtime.openOptionsPage();
  void start();
});
self.addEventListener("online", () => void tend());

async function start(): Promise<void> {
  await chrome.action.setBadgeBackgroundColor({ color: "#5b6472" });
  await syncSites();
  await tend();
}
