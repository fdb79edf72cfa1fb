/** The badge beside a paper: its figure, why, and what can be done with it. Closed to the page around it. */

import type { ActInForce } from "../messages";
import { h } from "../ui/elements";
import { icon, ring } from "../ui/icons";
import tokens from "../ui/tokens.css";
import type { View } from "../ui/wording";
import css from "./badge.css";
import { themeAround } from "./theme";

const NAMES = { save: "Save", like: "Like", hide: "Hide" } as const;
const DONE = { save: "Saved", like: "Liked", hide: "Hidden" } as const;
export type Button = keyof typeof NAMES;
export type Acts = Partial<Record<ActInForce, string>>;

export class Badge {
  readonly host = h("span", { "data-recsys": "badge" });
  readonly #gap = new Text(" "); // unlike a margin, it is nothing where the badge begins a line
  readonly #badge = h("span", { class: "badge", role: "group", "aria-label": "recsys" });
  readonly #score = h("button", { class: "score", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  readonly #why = h("span", { class: "why" });
  readonly #card = h("div", { class: "card", popover: "auto", role: "dialog", "aria-label": "Why this score" });
  readonly #heard = h("span", { class: "heard", role: "status" });
  readonly #buttons: Record<Button, HTMLButtonElement>;
  readonly #whole: boolean;
  #acts: Acts = {};
  #busy = false;

  /**
   * Put a badge at the end of an element.
   *
   * @param whole whether the page is about this one paper: there is room for words.
   * @param onPress called when the person presses a button, with the id of the act that it would take back, if
   *   it is pressed already; resolves to what is to be told them.
   */
  constructor(
    at: Element,
    whole: boolean,
    readonly onPress: (button: Button, inForce: string | undefined) => Promise<string>,
  ) {
    this.#whole = whole;
    this.#buttons = { save: this.#button("save"), like: this.#button("like"), hide: this.#button("hide") };
    const marks = h("span", { class: "marks", role: "group", "aria-label": "Your marks" }, ...Object.values(this.#buttons));
    this.#badge.classList.add(themeAround(at));
    this.#badge.append(this.#score, this.#why, marks);
    this.#card.classList.add(themeAround(at));
    const root = this.host.attachShadow({ mode: "closed" });
    root.append(h("style", {}, tokens, css), this.#badge, this.#card, this.#heard);
    if (whole) this.host.dataset.whole = "";
    this.#score.addEventListener("click", (event) => event.isTrusted && this.#card.togglePopover());
    this.#card.addEventListener("toggle", (event) => this.#toggled((event as ToggleEvent).newState === "open"));
    // A click on the badge is not one on the link or the row around it.
    for (const kind of ["click", "mousedown", "pointerdown"]) this.host.addEventListener(kind, (event) => event.stopPropagation());
    at.append(this.#gap, this.host);
  }

  show(view: View, acts: Acts, marks: boolean): void {
    this.#acts = acts;
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
    for (const [name, button] of Object.entries(this.#buttons) as [Button, HTMLButtonElement][]) {
      button.style.display = marks ? "" : "none";
      this.#press(name, name in acts);
    }
  }

  remove(): void {
    this.#gap.remove();
    this.host.remove();
  }

  #button(name: Button): HTMLButtonElement {
    const button = h("button", { class: "mark", type: "button" }, icon(name), h("span", { class: "name" }, NAMES[name]));
    button.addEventListener("click", (event) => {
      if (event.isTrusted) void this.#mark(name); // no click but the person's own: pages can make others
    });
    return button;
  }

  #press(name: Button, pressed: boolean): void {
    const button = this.#buttons[name];
    const text = pressed ? DONE[name] : NAMES[name];
    button.setAttribute("aria-pressed", String(pressed));
    button.setAttribute("aria-label", NAMES[name]);
    button.title = text;
    button.querySelector(".name")?.replaceChildren(text);
  }

  async #mark(name: Button): Promise<void> {
    if (this.#busy) return;
    this.#beBusy(true);
    const inForce = this.#acts[name];
    this.#press(name, !inForce);
    try {
      this.#heard.textContent = await this.onPress(name, inForce);
    } finally {
      this.#beBusy(false);
    }
  }

  #beBusy(busy: boolean): void {
    this.#busy = busy;
    this.#badge.setAttribute("aria-busy", String(busy));
  }

  #toggled(open: boolean): void {
    this.#score.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const place = this.#score.getBoundingClientRect();
    const card = this.#card.getBoundingClientRect();
    const below = place.bottom + 6 + card.height < innerHeight;
    this.#card.style.left = `${Math.max(8, Math.min(place.left, innerWidth - card.width - 8))}px`;
    this.#card.style.top = `${below ? place.bottom + 6 : Math.max(8, place.top - card.height - 6)}px`;
  }
}
