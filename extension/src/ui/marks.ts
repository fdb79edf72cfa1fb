/** Save, Like and Hide of one paper, wherever it is shown. */

import type { Acts, Said } from "../messages";
import { answered, holding, pressed, type Answer, type Button, type Undo } from "./acts";
import { h } from "./elements";
import { icon } from "./icons";
import { Why } from "./why";

const NAMES = { save: "Save", like: "Like", hide: "Hide" } as const;
const DONE = { save: "Saved", like: "Liked", hide: "Hidden" } as const;
const BUTTONS = Object.keys(NAMES) as Button[];

export class Marks {
  readonly group = h("span", { class: "marks", role: "group" });
  readonly #buttons: Record<Button, HTMLButtonElement>;
  #why: Why | null = null;
  #acts: Acts = {};
  #turn: Promise<void> = Promise.resolve();
  /** The answer that was given here, by the event that holds it: the server doesn't tell it again. */
  #answer: { event: string; name: string } | null = null;

  /**
   * @param label of the group, for those who hear it.
   * @param onSay called with what the person says; resolves when that is kept, after it has been shown here.
   * @param onSettled called when the question after a hide is gone: until then the row should stay where it is.
   */
  constructor(
    label: string,
    readonly onSay: (said: Said | Undo) => Promise<void>,
    readonly onSettled: () => void = () => undefined,
  ) {
    this.#buttons = { save: this.#button("save"), like: this.#button("like"), hide: this.#button("hide") };
    this.group.setAttribute("aria-label", label);
    this.group.append(...Object.values(this.#buttons));
  }

  /** Whether the person is being asked why. */
  get asking(): boolean {
    return this.#why?.open ?? false;
  }

  show(acts: Acts): void {
    this.#acts = acts;
    for (const name of BUTTONS) this.#paint(name, holding(name, acts) !== undefined);
  }

  #button(name: Button): HTMLButtonElement {
    const label = h("span", { class: "name" }, NAMES[name]);
    const button = h("button", { class: `mark ${name}`, type: "button" }, icon(name), label);
    button.addEventListener("click", (event) => {
      if (event.isTrusted) void this.#pressed(name); // no click but the person's own: pages can make others
    });
    return button;
  }

  #paint(name: Button, held: boolean): void {
    const button = this.#buttons[name];
    button.setAttribute("aria-pressed", String(held));
    const text = held ? this.#done(name) : NAMES[name];
    button.title = text;
    button.setAttribute("aria-label", text); // where there is room for the icon only, too
    button.querySelector(".name")?.replaceChildren(text);
  }

  #done(name: Button): string {
    if (name !== "hide") return DONE[name];
    const { dislike, hide } = this.#acts;
    if (dislike !== undefined) return "Less like this";
    return hide !== undefined && hide === this.#answer?.event ? `Hidden: ${this.#answer.name}` : DONE.hide;
  }

  /** One thing after the other: what a press means depends on what holds by then. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.catch(() => undefined).then(step);
    return this.#turn;
  }

  #pressed(name: Button): Promise<void> {
    return this.#inTurn(async () => {
      const said = pressed(name, this.#acts);
      this.#paint(name, holding(name, this.#acts) === undefined);
      if ("mark" in said && said.mark === "hide") this.#ask();
      await this.#say(said);
    });
  }

  #ask(): void {
    if (!this.#why) {
      this.#why = new Why(this.#buttons.hide, (answer) => void this.#answered(answer), this.onSettled);
      this.#buttons.hide.after(this.#why.card);
    }
    this.#why.ask();
  }

  #answered(answer: Answer): Promise<void> {
    return this.#inTurn(async () => {
      await this.#say(answered(answer, this.#acts));
      const { hide } = this.#acts;
      this.#answer = answer.reason && hide !== undefined ? { event: hide, name: answer.name.toLowerCase() } : null;
      this.show(this.#acts);
    });
  }

  async #say(said: Said | Undo): Promise<void> {
    this.group.setAttribute("aria-busy", "true");
    try {
      await this.onSay(said);
    } finally {
      this.group.setAttribute("aria-busy", "false");
      this.show(this.#acts);
    }
  }
}
