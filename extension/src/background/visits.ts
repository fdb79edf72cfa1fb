/**
 * Visits to papers that are still going on. A page reports its seconds now and then; the visit becomes one read
 * event when the page says that it has ended, or when it hasn't been heard of for a while (it was closed, or the
 * browser was). Kept in storage: the background may be stopped at any time.
 */

import type { Paper } from "../papers";
import type { Entry, Storage } from "./queue";

const VISIT = "visit:";
/** A page that was silent for so long has a new visit when it is read again (`reading.ts` knows it as well). */
export const STALE_MS = 120_000;
const SHORTEST_S = 1;

interface Visit {
  paper: Paper;
  user: string;
  seconds: number;
  heard: number;
}

export class Visits {
  constructor(readonly storage: Storage) {}

  async report(id: string, visit: Visit): Promise<void> {
    await this.storage.set({ [VISIT + id]: visit });
  }

  async ongoing(): Promise<number> {
    return (await this.#all()).length;
  }

  /** The visits that are over, the one named and all stale ones; and the reads that come of them. */
  async over(now: number, ended = ""): Promise<{ ids: string[]; reads: Entry[] }> {
    const visits = (await this.#all()).filter(([id, visit]) => id === ended || now - visit.heard > STALE_MS);
    const long = visits.filter(([, visit]) => visit.seconds >= SHORTEST_S);
    return {
      ids: visits.map(([id]) => id),
      reads: long.map(([id, visit]) => ({ event: asRead(id, visit), paper: visit.paper })),
    };
  }

  /** Once their reads are queued; a crash before this queues the same reads again, under the same ids. */
  async forget(ids: string[]): Promise<void> {
    await this.storage.remove(ids.map((id) => VISIT + id));
  }

  async #all(): Promise<[string, Visit][]> {
    const all = Object.entries(await this.storage.get(null)) as [string, Visit][];
    return all.filter(([key]) => key.startsWith(VISIT)).map(([key, visit]) => [key.slice(VISIT.length), visit]);
  }
}

function asRead(id: string, visit: Visit) {
  const seconds = Math.min(86_400, Math.round(visit.seconds * 10) / 10);
  return { id, user: visit.user, kind: "read", time: new Date(visit.heard).toISOString(), seconds };
}
