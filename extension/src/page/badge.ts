/** The badge beside a paper: its figure, why, and what can be done with it. Closed to the page around it. */

import type { Acts, Said } from "../messages";
import type { Undo } from "../ui/acts";
import cards from "../ui/cards.css";
import { h } from "../ui/elements";
import { placeBeside } from "../ui/floating";
import { ring } from "../ui/icons";
import { Marks } from "../ui/marks";
import tokens from "../ui/tokens.css";
import type { View } from "../ui/wording";
import css from "./badge.css";
import { themeAround } from "./theme";

export class Badge {
  readonly host = h("span", { "data-recsys": "badge" });
  readonly #gap = new Text(" "); // unlike a margin, it is nothing where the badge begins a line
  readonly #badge = h("span", { class: "badge", role: "group", "aria-label": "recsys" });
  readonly #score = h("button", { class: "score", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  readonly #why = h("span", { class: "why" });
  readonly #card = h("div", { class: "card", popover: "auto", role: "dialog", "aria-label": "Why this score" });
  readonly #heard = h("span", { class: "heard", role: "status" });
  readonly #marks: Marks;
  readonly #root = this.host.attachShadow({ mode: "closed" });
  readonly #whole: boolean;

  /**
   * Put a badge at the end of an element.
   *
   * @param whole whether the page is about this one paper: there is room for words.
   * @param onSay called with what the person says; resolves, once that is kept, to what is to be told them.
   * @param onSettled called when nothing is open any more that a moving row would close.
   */
  constructor(at: Element, whole: boolean, onSay: (said: Said | Undo) => Promise<string>, onSettled: () => void) {
    this.#whole = whole;
    const say = async (said: Said | Undo): Promise<void> => void (this.#heard.textContent = await onSay(said));
    this.#marks = new Marks("Your marks", say, onSettled);
    this.#badge.append(this.#score, this.#why, this.#marks.group);
    this.#root.append(h("style", {}, tokens, css, cards), this.#badge, this.#card, this.#heard);
    const theme = themeAround(at);
    for (const part of [this.#badge, this.#card]) part.classList.add(theme);
    if (whole) this.host.dataset.whole = "";
    this.#score.addEventListener("click", (event) => event.isTrusted && this.#card.togglePopover());
    this.#card.addEventListener("toggle", (event) => this.#toggled((event as ToggleEvent).newState === "open"));
    // A click on the badge is not one on the link or the row around it.
    for (const kind of ["click", "mousedown", "pointerdown"]) this.host.addEventListener(kind, (event) => event.stopPropagation());
    at.append(this.#gap, this.host);
  }

  /** Whether the person is being asked something here. */
  get asking(): boolean {
    return this.#marks.asking;
  }

  /** What has the focus in this badge. */
  get focused(): HTMLElement | null {
    return this.#root.activeElement as HTMLElement | null;
  }

  show(view: View, acts: Acts, marks: boolean): void {
    const word = !/^\d+$/.test(view.figure);
    this.#score.classList.toggle("strong", view.strong);
    this.#score.replaceChildren(ring(view.percent, view.guess), h("span", { class: word ? "figure word" : "figure" }, view.figure));
    this.#score.setAttribute("aria-label", `${view.label}. Why?`);
    this.#score.title = [view.label, ...view.reasons].join(". ");
    this.#score.style.display = view.figure ? "" : "none";
    this.#why.textContent = view.reasons[0] ?? view.brief;
    this.#why.style.display = this.#whole && this.#why.textContent ? "" : "none";
    const reasons = view.reasons.map((reason) => h("li", {}, reason));
    this.#card.replaceChildren(
      h("p", {}, h("strong", {}, `${view.label}.`)),
      ...(reasons.length ? [h("ul", {}, ...reasons)] : []),
      ...(view.note ? [h("p", { class: "note" }, view.note)] : []),
    );
    this.#marks.group.style.display = marks ? "" : "none";
    this.showActs(acts);
  }

  showActs(acts: Acts): void {
    this.#marks.show(acts);
  }

  remove(): void {
    this.#gap.remove();
    this.host.remove();
  }

  #toggled(open: boolean): void {
    this.#score.setAttribute("aria-expanded", String(open));
    if (open) placeBeside(this.#card, this.#score);
  }
}
