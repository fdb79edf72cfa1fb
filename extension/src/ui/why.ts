/** The question after a hide: an offer of reasons, which nobody has to take. */

import { LESS, REASONS, type Answer } from "./acts";
import { h } from "./elements";
import { placeBeside } from "./floating";
import { icon } from "./icons";

export class Why {
  readonly card = h("div", { class: "card offer", popover: "auto", role: "dialog", "aria-label": "Hidden. Why? You need not say." });
  readonly #first: HTMLButtonElement;

  /**
   * @param button beside which it is asked, and which has the focus again afterwards.
   * @param onAnswer is told what was chosen.
   * @param onClose is told that the question is gone, answered or not.
   */
  constructor(
    readonly button: HTMLElement,
    readonly onAnswer: (answer: Answer) => void,
    readonly onClose: () => void,
  ) {
    const chips = [...REASONS, LESS].map((answer) => this.#chip(answer));
    this.#first = chips[0] as HTMLButtonElement;
    const close = h("button", { class: "close", type: "button", "aria-label": "Close without a reason" }, icon("close"));
    close.addEventListener("click", () => this.#close());
    this.card.append(
      h("p", { class: "question" }, h("span", {}, h("strong", {}, "Hidden."), " Why?"), close),
      h("div", { class: "chips" }, ...chips),
    );
    this.card.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "closed") this.onClose();
    });
    // Ours alone: neither the page nor the browser, which would close the popup, is to hear this key.
    this.card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    });
  }

  get open(): boolean {
    return this.card.isConnected && this.card.matches(":popover-open");
  }

  ask(): void {
    this.card.showPopover();
    placeBeside(this.card, this.button);
    this.#first.focus({ preventScroll: true });
  }

  /** A click elsewhere closes it too; the focus is then where that click was. */
  #close(): void {
    this.card.hidePopover();
    this.button.focus({ preventScroll: true });
  }

  #chip(answer: Answer): HTMLButtonElement {
    const chip = h("button", { class: "chip", type: "button", title: answer.effect }, answer.name);
    if (answer === LESS) chip.prepend(icon("less"));
    chip.addEventListener("click", (event) => {
      if (!event.isTrusted) return;
      this.#close();
      this.onAnswer(answer);
    });
    return chip;
  }
}
