/** Cards that float over the page, beside what opened them, and move nothing. */

const APART = 6;
const MARGIN = 8;

/** Put an open popover below an element, or above where there is no room; it scrolls with the page. */
export function placeBeside(card: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const left = Math.max(MARGIN, Math.min(at.left, document.documentElement.clientWidth - width - MARGIN));
  const fits = at.bottom + APART + height < innerHeight;
  const top = fits ? at.bottom + APART : Math.max(MARGIN, at.top - height - APART);
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${top + scrollY}px`;
}
