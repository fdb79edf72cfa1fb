/** The options page: the server, the sites, what is sent, and what waits. */

import { Queue } from "../background/queue";
import { ask } from "../messages";
import { changeSettings, isExposed, loadSettings, serverAddress, serverPattern, type Settings } from "../settings";
import { originsOf, SITES } from "../sites";
import { byId, h } from "./elements";
import { switchRow } from "./switches";
import { followSystemTheme } from "./system_theme";
import { count } from "./wording";

const SENDS: Record<keyof Settings["sends"], [name: string, hint: string]> = {
  scores: ["Papers on the page, to score them", "Ids, titles and abstracts. The server doesn't keep them."],
  papers: ["New papers that you come across", "Title, abstract, authors and address go to your catalogue."],
  marks: ["Save, like and hide", "And why, where you say so; with the paper, if your server doesn't know it. Switched off, there are no buttons."],
  reading: ["Time spent reading", "Seconds on a paper's own page, while it is in front and you move; with the paper, as above."],
  opens: ["Papers opened from today's list", "Which one, and at which place of the list."],
};

const queue = new Queue(chrome.storage.local as never);

async function connect(event: Event): Promise<void> {
  event.preventDefault();
  const said = byId("connection");
  said.className = "";
  try {
    const server = serverAddress(input("server").value);
    // The browser asks only in answer to a click: nothing may be awaited before this.
    const allowed = await chrome.permissions.request({ origins: [serverPattern(server)] });
    if (!allowed) throw new Error("Your browser may not reach that address unless you allow it: press Connect again.");
    const [key, user] = [input("key").value.trim(), input("user").value.trim()];
    input("server").value = server;
    await changeSettings({ server, key, user });
    said.textContent = "Asking…";
    const { state, detail } = await ask({ kind: "check" });
    said.className = state === "ready" ? "" : "error";
    said.textContent = isExposed(server) ? `${detail} Mind: without https, others on the way can read the key.` : detail;
  } catch (error) {
    said.className = "error";
    said.textContent = error instanceof TypeError ? "That is not an address: give one such as http://127.0.0.1:8000" : (error as Error).message;
  }
}

async function showSites(): Promise<void> {
  const rows = SITES.map(async (site) => {
    const origins = originsOf(site);
    const on = await chrome.permissions.contains({ origins });
    return switchRow(`site-${site.id}`, site.name, site.hosts.join(", "), on, async (wanted) => {
      const change = wanted ? chrome.permissions.request({ origins }) : chrome.permissions.remove({ origins });
      return (await change) ? wanted : !wanted;
    });
  });
  byId("sites").replaceChildren(...(await Promise.all(rows)));
}

async function showSwitches(): Promise<void> {
  const { sends, sort, paused } = await loadSettings();
  const kinds = Object.keys(SENDS) as (keyof Settings["sends"])[];
  byId("sends").replaceChildren(
    ...kinds.map((kind) =>
      switchRow(`send-${kind}`, ...SENDS[kind], sends[kind], async (wanted) => {
        const now = await loadSettings();
        await changeSettings({ sends: { ...now.sends, [kind]: wanted } });
        return wanted;
      }),
    ),
  );
  byId("more").replaceChildren(
    switchRow("sort", "Sort lists by my score", "Each list has a switch of its own, back to the site's order.", sort, async (wanted) => {
      return (await changeSettings({ sort: wanted })).sort;
    }),
    switchRow("paused", "Pause everything", "No scores, no badges, nothing sent; what waits is kept.", paused, async (wanted) => {
      return (await changeSettings({ paused: wanted })).paused;
    }),
  );
}

async function showQueue(): Promise<void> {
  const [waiting, refused] = await Promise.all([queue.waiting(), queue.refused()]);
  const some = waiting ? `${count(waiting, "entry").replace("entrys", "entries")} waiting to be sent.` : "Everything has been sent.";
  byId("queue").textContent = refused.length ? `${some} The server refused ${refused.length}:` : some;
  byId("refused").replaceChildren(
    ...refused.map(({ event, paper, why }) => h("li", {}, `${event?.kind ?? "paper"}: ${paper?.title ?? event?.item ?? ""} (${why})`)),
  );
  byId<HTMLButtonElement>("send-now").disabled = !waiting;
  byId("retry").hidden = !refused.length;
}

function input(id: string): HTMLInputElement {
  return byId<HTMLInputElement>(id);
}

async function start(): Promise<void> {
  followSystemTheme();
  const { server, key, user } = await loadSettings();
  [input("server").value, input("key").value, input("user").value] = [server, key, user];
  byId("server-form").addEventListener("submit", (event) => void connect(event));
  byId("send-now").addEventListener("click", () => void ask({ kind: "send-now" }));
  byId("retry").addEventListener("click", () => void ask({ kind: "retry-refused" }));
  chrome.storage.onChanged.addListener(() => void showQueue());
  chrome.permissions.onAdded.addListener(() => void showSites());
  chrome.permissions.onRemoved.addListener(() => void showSites());
  await Promise.all([showSites(), showSwitches(), showQueue()]);
}

void start();
