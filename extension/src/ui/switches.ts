/** A line with a switch, its name, and what it does. */

import { h } from "./elements";

/** `change` is told what is wanted, and resolves to how it is. */
export function switchRow(
  id: string,
  name: string,
  hint: string,
  on: boolean,
  change: (wanted: boolean) => Promise<boolean>,
): HTMLLIElement {
  const box = h("input", { type: "checkbox", id, "aria-describedby": `${id}-hint` });
  box.checked = on;
  box.addEventListener("change", () => {
    const wanted = box.checked;
    void change(wanted).then(
      (now) => (box.checked = now),
      () => (box.checked = !wanted),
    );
  });
  return h("li", {}, box, h("label", { for: id }, name), h("p", { class: "hint", id: `${id}-hint` }, hint));
}
