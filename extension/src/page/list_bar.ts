/** The switch above a listing: the site's order, or by score. */

import { h } from "../ui/elements";
import { ring } from "../ui/icons";
import tokens from "../ui/tokens.css";
import css from "./badge.css";
import { themeAround } from "./theme";

export class ListBar {
  readonly host = h("div", { "data-recsys": "list" });
  readonly #button: HTMLButtonElement;

  constructor(first: Element, onSort: (sorted: boolean) => void) {
    this.#button = h("button", { type: "button", class: "score", "aria-pressed": "false" }, ring(75), "Sort by your score");
    this.#button.addEventListener("click", (event) => {
      if (event.isTrusted) onSort(this.#toggle());
    });
    const root = this.host.attachShadow({ mode: "closed" });
    const theme = themeAround(first);
    root.append(h("style", {}, tokens, css), h("span", { class: `badge ${theme}` }, this.#button));
    this.host.dataset.whole = "";
    first.parentElement?.before(this.host);
  }

  press(sorted: boolean): void {
    this.#button.setAttribute("aria-pressed", String(sorted));
    this.#button.classList.toggle("strong", sorted);
    this.#button.title = sorted ? "Back to the site's own order" : "The papers that suit you best first";
  }

  #toggle(): boolean {
    const sorted = this.#button.getAttribute("aria-pressed") !== "true";
    this.press(sorted);
    return sorted;
  }
}
