/**
 * Time really spent reading: the page is visible, its window has the focus, and somebody moved, scrolled or typed
 * within the last minute. Counted once a second; told now and then.
 */

export const IDLE_MS = 60_000;
/** After so long a silence it is another visit; the background gives one up after 120 s (`visits.ts`). */
const NEW_VISIT_MS = 90_000;
const TELL_EVERY_S = 5;

export interface Report {
  visit: string;
  seconds: number;
  ended: boolean;
}

export class ReadingClock {
  #visit = crypto.randomUUID();
  #seconds = 0;
  #told = 0;
  #toldAt: number;
  #tickedAt: number;
  #activeAt: number;

  constructor(
    readonly now: () => number,
    readonly tell: (report: Report) => void,
  ) {
    this.#toldAt = this.#tickedAt = this.#activeAt = now();
  }

  /** Somebody moved. */
  active(): void {
    this.#activeAt = this.now();
  }

  /** Count the time since the last tick if it was reading; a tick that comes late counts as one second. */
  tick(attended: boolean): void {
    const now = this.now();
    const since = Math.min(now - this.#tickedAt, 1_500);
    this.#tickedAt = now;
    if (!attended || now - this.#activeAt > IDLE_MS) return;
    if (now - this.#toldAt > NEW_VISIT_MS) this.#begin(now);
    this.#seconds += since / 1000;
    if (this.#seconds - this.#told >= TELL_EVERY_S) this.#tell(false);
  }

  /** The page is left, or becomes about another paper; it may come back as another visit. */
  end(): void {
    if (this.#seconds > 0) this.#tell(true);
    this.#begin(this.now());
  }

  #tell(ended: boolean): void {
    this.#told = this.#seconds;
    this.#toldAt = this.now();
    this.tell({ visit: this.#visit, seconds: this.#seconds, ended });
  }

  #begin(now: number): void {
    this.#visit = crypto.randomUUID();
    this.#seconds = this.#told = 0;
    this.#toldAt = now;
  }
}

const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "touchstart"] as const;

/** Run a clock on this page; returns what stops it (and ends the visit). */
export function watchReading(tell: (report: Report) => void): () => void {
  const clock = new ReadingClock(() => Date.now(), tell);
  const active = (): void => clock.active();
  const end = (): void => clock.end();
  const timer = setInterval(() => clock.tick(!document.hidden && document.hasFocus()), 1_000);
  for (const sign of SIGNS) addEventListener(sign, active, { passive: true, capture: true });
  addEventListener("pagehide", end);
  return () => {
    clearInterval(timer);
    for (const sign of SIGNS) removeEventListener(sign, active, { capture: true });
    removeEventListener("pagehide", end);
    end();
  };
}
