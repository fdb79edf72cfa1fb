/** The popup: today's list, and the switch that stops everything. */

import { ask, type ListedPaper, type Marking, type TodayReply } from "../messages";
import { addressOf } from "../papers";
import { changeSettings, loadSettings } from "../settings";
import { byId, h } from "./elements";
import { icon, ring } from "./icons";
import { followSystemTheme } from "./system_theme";
import { count, stateNote } from "./wording";

const NAMES = { save: ["Save", "Saved"], like: ["Like", "Liked"], hide: ["Hide", "Hidden"] } as const;
type Button = keyof typeof NAMES;

const state = byId("state");

async function show(): Promise<void> {
  state.textContent = "Asking your server…";
  const today = await ask({ kind: "today" });
  state.textContent = told(today);
  const { sends } = await loadSettings();
  byId("list").replaceChildren(...today.items.map((paper) => row(paper, sends.marks)));
}

function told(today: TodayReply): string {
  const waiting = today.waiting ? ` ${count(today.waiting, "act")} waiting to be sent.` : "";
  if (today.state !== "ready") {
    const made = today.made ? ` This list is from ${new Date(today.made).toLocaleString()}.` : "";
    return stateNote(today.state) + made + waiting;
  }
  return today.items.length ? waiting.trim() : "Your server has nothing to recommend yet: add papers, and train.";
}

function row(paper: ListedPaper, marks: boolean): HTMLLIElement {
  const percent = paper.percentile;
  const label = percent === null ? "Not scored" : `Suits you better than ${percent}% of the papers you could read`;
  const figure = h("div", { class: "figure", title: label, role: "img", "aria-label": label }, ring(percent));
  figure.append(percent === null ? "–" : String(percent));
  const authors = paper.authors.slice(0, 4).join(", ") + (paper.authors.length > 4 ? ", …" : "");
  const body = h("div", { class: "body" }, title(paper));
  if (authors) body.append(h("p", { class: "authors" }, authors));
  const why = paper.reasons[0]?.text;
  if (why) body.append(h("p", { class: "why", title: why }, why));
  const line = h("li", {}, figure, body);
  if (marks) {
    const buttons = (Object.keys(NAMES) as Button[]).map((name) => markButton(name, paper, line));
    body.append(h("div", { class: "marks", role: "group", "aria-label": `Your marks on ${paper.title}` }, ...buttons));
  }
  return line;
}

function title(paper: ListedPaper): HTMLElement {
  const address = paper.url && /^https?:\/\//.test(paper.url) ? paper.url : addressOf(paper.id);
  if (!address) return h("span", { class: "title" }, paper.title);
  const link = h("a", { class: "title", href: address, target: "_blank", rel: "noreferrer" }, paper.title);
  link.addEventListener("click", () => void ask({ kind: "opened", item: paper.id, place: paper.place }));
  return link;
}

function markButton(name: Button, paper: ListedPaper, line: HTMLElement): HTMLButtonElement {
  const [todo, done] = NAMES[name];
  const label = h("span", {}, todo);
  const button = h("button", { type: "button", class: "mark", "aria-pressed": "false", "aria-label": todo }, icon(name), label);
  let inForce: string | undefined;
  let busy = false;
  const press = (id: string | undefined): void => {
    inForce = id;
    button.setAttribute("aria-pressed", String(id !== undefined));
    label.textContent = id === undefined ? todo : done;
    if (name === "hide") line.classList.toggle("hidden", id !== undefined);
  };
  button.addEventListener("click", () => {
    if (busy) return;
    busy = true;
    const before = inForce;
    press(before === undefined ? "" : undefined);
    void ask(marking(name, paper, before)).then((reply) => {
      busy = false;
      press(!reply.kept ? before : before === undefined ? reply.id : undefined);
      if (!reply.kept) state.textContent = `Not kept: ${reply.why ?? ""}`;
      else if (!reply.sent) state.textContent = stateNote("offline");
    });
  });
  return button;
}

function marking(name: Button, paper: ListedPaper, inForce: string | undefined): Marking {
  if (inForce !== undefined && name !== "save") return { kind: "undo", undoes: inForce };
  return { kind: "mark-listed", mark: inForce === undefined ? name : "unsave", item: paper.id, place: paper.place };
}

async function start(): Promise<void> {
  followSystemTheme();
  const pause = byId<HTMLButtonElement>("pause");
  const press = (paused: boolean): void => {
    pause.textContent = paused ? "Resume" : "Pause";
    pause.setAttribute("aria-pressed", String(paused));
  };
  press((await loadSettings()).paused);
  pause.addEventListener("click", () => {
    const paused = pause.getAttribute("aria-pressed") !== "true";
    press(paused);
    void changeSettings({ paused }).then(show);
  });
  byId("options").addEventListener("click", () => void chrome.runtime.openOptionsPage());
  await show();
}

void start();
