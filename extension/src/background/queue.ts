/**
 * What is to be sent, kept in the extension's storage until the server says that it has it.
 *
 * Each entry has a key of its own, so that adding one is a single write that nothing can overwrite. An entry is
 * deleted only after the server has acknowledged it; until then it is sent again, and the server counts it once
 * by its id. What the server will never take is set aside with its reason, not thrown away.
 */

import { identity, type Paper } from "../papers";
import type { Refusal, Server } from "./server";

/** An event as `POST /v1/events` takes it. Without an `item`, it is about the entry's paper. */
export interface QueuedEvent {
  id: string;
  user: string;
  kind: string;
  time: string;
  item?: string;
  seconds?: number;
  slate?: string;
  position?: number;
  undoes?: string;
  reason?: string;
}

/** An event, with its paper where the server may not know it; or a paper by itself. */
export type Entry = { event: QueuedEvent; paper?: Paper } | { event?: never; paper: Paper };

export interface Storage {
  get(keys: null): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

const QUEUED = "queue:";
const REFUSED = "refused:";
const BATCH = 50;

type Keyed = [key: string, entry: Entry];

export class Queue {
  #sending: Promise<void> = Promise.resolve();

  constructor(readonly storage: Storage) {}

  /** On disk when this returns. */
  async add(...entries: Entry[]): Promise<void> {
    await this.storage.set(Object.fromEntries(entries.map((entry) => [QUEUED + nameOf(entry), entry])));
  }

  async waiting(): Promise<number> {
    return (await this.#held(QUEUED)).length;
  }

  async refused(): Promise<(Entry & { why: string })[]> {
    return (await this.#held(REFUSED)).map(([, entry]) => entry as Entry & { why: string });
  }

  /** Put what was refused in line again. */
  async retryRefused(): Promise<void> {
    const held = await this.#held(REFUSED);
    await this.add(...held.map(([, { event, paper }]) => ({ event, paper }) as Entry));
    await this.storage.remove(held.map(([key]) => key));
  }

  /**
   * Send everything, the oldest first; one sending at a time.
   *
   * Throws a ServerError where the server could not be reached or does not let us in; what it hasn't
   * acknowledged stays.
   */
  send(server: Server): Promise<void> {
    const next = this.#sending.catch(() => undefined).then(() => this.#sendAll(server));
    this.#sending = next;
    return next;
  }

  async #sendAll(server: Server): Promise<void> {
    const held = await this.#held(QUEUED);
    const papers = held.filter(([, entry]) => !entry.event);
    const events = held.filter(([, entry]) => entry.event).sort(byTime);
    for (const batch of batches(papers)) {
      await server.addPapers(batch.flatMap(([, entry]) => entry.paper ?? []));
      await this.storage.remove(batch.map(([key]) => key)); // a paper that is refused would be so again
    }
    for (const batch of batches(events)) await this.#sendEvents(server, batch);
  }

  /** First as if the server knew the papers; those that it doesn't are added, and their events sent again. */
  async #sendEvents(server: Server, batch: Keyed[]): Promise<void> {
    const { kept, refused } = await server.sendEvents(batch.map(([, entry]) => withItem(entry)));
    await this.#done(batch, kept);
    const mended = refused.filter((refusal) => isUnknownPaper(refusal) && batch[refusal.index]?.[1].paper);
    await this.#setAside(batch, refused.filter((refusal) => !mended.includes(refusal)));
    if (!mended.length) return;
    const strangers = mended.map((refusal) => batch[refusal.index] as Keyed);
    const ids = await server.addPapers(strangers.map(([, entry]) => entry.paper as Paper));
    const again = strangers.map(([, entry], index) => withItem(entry, ids[index] ?? undefined));
    const second = await server.sendEvents(again);
    await this.#done(strangers, second.kept);
    await this.#setAside(strangers, second.refused);
  }

  async #done(batch: Keyed[], ids: string[]): Promise<void> {
    const kept = new Set(ids);
    await this.storage.remove(batch.filter(([, entry]) => kept.has(entry.event?.id ?? "")).map(([key]) => key));
  }

  async #setAside(batch: Keyed[], refusals: Refusal[]): Promise<void> {
    for (const { index, detail } of refusals) {
      const [key, entry] = batch[index] ?? [];
      if (!key) continue;
      await this.storage.set({ [REFUSED + nameOf(entry as Entry)]: { ...entry, why: detail } });
      await this.storage.remove([key]);
    }
  }

  async #held(prefix: string): Promise<Keyed[]> {
    const all = Object.entries(await this.storage.get(null));
    return all.filter(([key]) => key.startsWith(prefix)) as Keyed[];
  }
}

function nameOf(entry: Entry): string {
  return entry.event ? entry.event.id : `paper:${identity(entry.paper)}`;
}

/** The event with the id of its paper: the one the server gave, or the strongest that the page told. */
function withItem(entry: Entry, known?: string): QueuedEvent {
  const event = entry.event as QueuedEvent;
  const item = known ?? event.item ?? (entry.paper && identity(entry.paper));
  return item ? { ...event, item } : event;
}

function isUnknownPaper(refusal: Refusal): boolean {
  return refusal.type.endsWith(":unknown-paper");
}

function byTime([, a]: Keyed, [, b]: Keyed): number {
  return (a.event?.time ?? "").localeCompare(b.event?.time ?? "");
}

function* batches<T>(all: T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += BATCH) yield all.slice(start, start + BATCH);
}
