/** A storage that is a map, and a server that is a catalogue and a set of events. */

import type { Appraised } from "../src/messages";
import { identity, type Paper } from "../src/papers";
import type { QueuedEvent, Storage } from "../src/background/queue";
import { ServerError, type Refusal, type Server, type Slate } from "../src/background/server";

export class MapStorage implements Storage {
  readonly map = new Map<string, unknown>();

  async get(): Promise<Record<string, unknown>> {
    return structuredClone(Object.fromEntries(this.map));
  }

  async set(items: Record<string, unknown>): Promise<void> {
    for (const [key, value] of Object.entries(items)) this.map.set(key, structuredClone(value));
  }

  async remove(keys: string[]): Promise<void> {
    for (const key of keys) this.map.delete(key);
  }
}

/** As the service behaves: an id counts once, an unknown paper is refused, other content is a conflict. */
export class FakeServer {
  readonly papers = new Map<string, Paper>();
  readonly events = new Map<string, QueuedEvent>();
  calls = 0;
  /** What befalls the next calls: nothing reaches the server, or its answer is lost on the way back. */
  troubles: ("away" | "answer lost" | "wrong key")[] = [];

  async sendEvents(events: QueuedEvent[]): Promise<{ kept: string[]; refused: Refusal[] }> {
    return this.#through(() => {
      const kept: string[] = [];
      const refused: Refusal[] = [];
      events.forEach((event, index) => {
        const before = this.events.get(event.id);
        const refuse = (type: string, detail: string): unknown => refused.push({ id: event.id, index, type: `urn:recsys:problem:${type}`, detail });
        if (event.kind === "nonsense") refuse("invalid-event", "kind: no such kind");
        else if (event.kind !== "undo" && (!event.item || !this.papers.has(event.item))) refuse("unknown-paper", "no paper is known as that");
        else if (before && JSON.stringify(before) !== JSON.stringify(event)) refuse("id-conflict", "recorded with other content");
        else {
          this.events.set(event.id, event);
          kept.push(event.id);
        }
      });
      return { kept, refused };
    });
  }

  async addPapers(papers: Paper[]): Promise<(string | null)[]> {
    return this.#through(() => {
      for (const paper of papers) this.papers.set(identity(paper), paper);
      return papers.map(identity);
    });
  }

  async scores(papers: (Paper | string)[]): Promise<Appraised[]> {
    return this.#through(() =>
      papers.map((paper) => {
        const id = typeof paper === "string" ? paper : identity(paper);
        const known = this.papers.has(id);
        return { id: known ? id : null, status: known ? "scored" : "new", basis: known ? "model" : null, percentile: known ? 70 : null, reasons: [], acts: {} };
      }),
    );
  }

  async recommendations(): Promise<Slate> {
    return this.#through(() => ({
      slate_id: "s1",
      items: [...this.papers].map(([id, paper], position) => ({ paper: { id, title: paper.title, url: null, authors: [] }, reasons: [], position })),
    }));
  }


  as(): Server {
    return this as unknown as Server;
  }

  async #through<T>(answer: () => T): Promise<T> {
    this.calls += 1;
    const trouble = this.troubles.shift();
    if (trouble === "away") throw new ServerError("offline", "can't be reached");
    if (trouble === "wrong key") throw new ServerError("wrong-key", "no such key", 401);
    const made = answer();
    if (trouble === "answer lost") throw new ServerError("offline", "can't be reached");
    return made;
  }
}
