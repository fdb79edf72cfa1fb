/** Re-sorting a listing, reversibly: every row's place is marked, and rows are put at other rows' marks. */

interface Slot {
  mark: Comment;
  rows: Element[];
}

export class Sorting {
  readonly #slots: Slot[];

  /** Groups of neighbouring elements that move together; only those beside the first one take part. */
  constructor(groups: Element[][]) {
    const parent = groups[0]?.[0]?.parentNode;
    const beside = groups.filter((rows) => rows[0] && rows.every((row) => row.parentNode === parent));
    this.#slots = beside.map((rows) => {
      const mark = document.createComment("recsys");
      rows[0]?.before(mark);
      return { mark, rows };
    });
  }

  /** The best first; rows without a figure keep their order, after all others. */
  sort(figureOf: (rows: Element[]) => number | null): void {
    const figures = new Map(this.#slots.map((slot) => [slot, figureOf(slot.rows) ?? -Infinity]));
    this.#place([...this.#slots].sort((a, b) => Number(figures.get(b)) - Number(figures.get(a)) || 0));
  }

  restore(): void {
    this.#place(this.#slots);
  }

  /** Put everything back and leave no trace. */
  remove(): void {
    this.restore();
    for (const slot of this.#slots) slot.mark.remove();
  }

  #place(order: Slot[]): void {
    order.forEach((from, index) => this.#slots[index]?.mark.after(...from.rows));
  }
}
