/** The popup: today's list, and the switch that stops everything. */

import { ask, type Acts, type ListedPaper, type Said, type TodayReply } from "../messages";
import { addressOf } from "../papers";
import { changeSettings, loadSettings } from "../settings";
import { actsAfter, holding, type Undo } from "./acts";
import { byId, h } from "./elements";
import { ring } from "./icons";
import { Marks } from "./marks";
import { followSystemTheme } from "./system_theme";
import { count, stateNote } from "./wording";

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
  if (marks) body.append(marksOn(paper, line).group);
  return line;
}

function title(paper: ListedPaper): HTMLElement {
  const address = paper.url && /^https?:\/\//.test(paper.url) ? paper.url : addressOf(paper.id);
  if (!address) return h("span", { class: "title" }, paper.title);
  const link = h("a", { class: "title", href: address, target: "_blank", rel: "noreferrer" }, paper.title);
  link.addEventListener("click", () => void ask({ kind: "opened", item: paper.id, place: paper.place }));
  return link;
}

function marksOn({ id: item, title, place }: ListedPaper, line: HTMLElement): Marks {
  let acts: Acts = {};
  const marks = new Marks(`Your marks on ${title}`, async (said: Said | Undo) => {
    const reply = await ask("undoes" in said ? { kind: "undo", ...said } : { kind: "mark-listed", item, place, ...said });
    if (reply.kept) acts = actsAfter(acts, said, reply.id ?? "");
    marks.show(acts);
    line.classList.toggle("hidden", holding("hide", acts) !== undefined);
    if (!reply.kept) state.textContent = `Not kept: ${reply.why ?? ""}`;
    else if (!reply.sent) state.textContent = stateNote("offline");
  });
  marks.show(acts);
  return marks;
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
