/** What the background does about each message: the one place where things are sent, kept, or held back. */

import type {
  Appraised,
  CheckReply,
  FromSite,
  KeptReply,
  Place,
  Said,
  ScoresReply,
  State,
  TodayReply,
} from "../messages";
import { tidy, type Paper } from "../papers";
import { isConfigured, type Settings } from "../settings";
import { Queue, type Entry, type QueuedEvent, type Storage } from "./queue";
import { Server, ServerError } from "./server";
import { todaysList } from "./today";
import { Visits } from "./visits";

const AT_ONCE = 50;
const NOTHING_SCORED = { items: null, marks: false, sort: false };

export class Desk {
  readonly queue: Queue;
  readonly visits: Visits;

  constructor(
    readonly storage: Storage,
    readonly settings: () => Promise<Settings>,
    readonly serverOf: (settings: Settings) => Server = (settings) => new Server(settings),
  ) {
    this.queue = new Queue(storage);
    this.visits = new Visits(storage);
  }

  async scores({ papers }: FromSite & { kind: "scores" }): Promise<ScoresReply> {
    const settings = await this.settings();
    const held = heldBack(settings);
    if (held) return { state: held, ...NOTHING_SCORED };
    const { marks } = settings.sends;
    const reply = { marks, sort: settings.sort };
    if (!settings.sends.scores) return { state: "ready", items: null, ...reply };
    const asked = papers.flatMap((paper) => tidy(paper) ?? []);
    if (asked.length < papers.length) return { state: "failed", items: null, ...reply };
    try {
      const server = this.serverOf(settings);
      const items: Appraised[] = [];
      for (let start = 0; start < asked.length; start += AT_ONCE) {
        items.push(...(await server.scores(asked.slice(start, start + AT_ONCE))));
      }
      const strangers = asked.filter((paper, index) => items[index]?.id === null && paper.abstract);
      if (settings.sends.papers && strangers.length) await this.#keep(...strangers.map((paper) => ({ paper })));
      return { state: "ready", items, ...reply };
    } catch (error) {
      return { state: stateOf(error), items: null, ...reply };
    }
  }

  /** Keep and send what was said of a paper; what it stands instead of is taken back in the same write. */
  async mark({ mark, reason, instead }: Said, about: { paper: Paper } | { item: string; place: Place }): Promise<KeptReply> {
    const settings = await this.settings();
    if (heldBack(settings) || !settings.sends.marks) return { kept: false, sent: false, why: "paused" };
    const paper = "paper" in about ? tidy(about.paper) : undefined;
    if (paper === null) return { kept: false, sent: false, why: "the paper has no title" };
    const event = {
      ...newEvent(mark, settings.user),
      ...(reason && { reason }),
      ...("item" in about && shown(about.item, about.place)),
    };
    const undo = instead ? [{ event: { ...newEvent("undo", settings.user), undoes: instead } }] : [];
    return { id: event.id, ...(await this.#keep(...undo, paper ? { event, paper } : { event })) };
  }

  /** Take a mark back; its event may itself still be waiting, and is then sent before this. */
  async undo(undoes: string): Promise<KeptReply> {
    const settings = await this.settings();
    if (heldBack(settings) || !settings.sends.marks) return { kept: false, sent: false, why: "paused" };
    return await this.#keep({ event: { ...newEvent("undo", settings.user), undoes } });
  }

  async opened(item: string, place: Place): Promise<KeptReply> {
    const settings = await this.settings();
    if (heldBack(settings) || !settings.sends.opens) return { kept: false, sent: false };
    return await this.#keep({ event: { ...newEvent("click", settings.user), ...shown(item, place) } });
  }

  async reading({ visit, paper, seconds, ended }: FromSite & { kind: "reading" }): Promise<KeptReply> {
    const settings = await this.settings();
    const tidied = tidy(paper);
    if (heldBack(settings) || !settings.sends.reading || !tidied) return { kept: false, sent: false };
    await this.visits.report(visit, { paper: tidied, user: settings.user, seconds, heard: Date.now() });
    return ended ? await this.finishVisits(visit) : { kept: true, sent: false };
  }

  /** Queue the reads of visits that are over, and send. */
  async finishVisits(ended = ""): Promise<KeptReply> {
    const { ids, reads } = await this.visits.over(Date.now(), ended);
    if (!ids.length) return { kept: true, sent: false };
    await this.queue.add(...reads);
    await this.visits.forget(ids);
    return await this.send();
  }

  async today(): Promise<TodayReply> {
    const settings = await this.settings();
    const held = heldBack(settings);
    const waiting = await this.queue.waiting();
    if (held) return { state: held, items: [], made: null, waiting };
    return { ...(await todaysList(this.storage, this.serverOf(settings))), waiting };
  }

  async check(): Promise<CheckReply> {
    const settings = await this.settings();
    if (!isConfigured(settings)) return { state: "unconfigured", detail: "Fill in address, key and reader." };
    try {
      const events = await this.serverOf(settings).events();
      return { state: "ready", detail: `Connected. The server knows ${events} acts of “${settings.user}”.` };
    } catch (error) {
      return { state: stateOf(error), detail: (error as Error).message };
    }
  }

  /** Send what waits. */
  async send(): Promise<KeptReply> {
    const settings = await this.settings();
    if (heldBack(settings)) return { kept: true, sent: false };
    try {
      await this.queue.send(this.serverOf(settings));
      return { kept: true, sent: true };
    } catch (error) {
      return { kept: true, sent: false, why: (error as Error).message };
    }
  }

  async retryRefused(): Promise<KeptReply> {
    await this.queue.retryRefused();
    return await this.send();
  }

  async #keep(...entries: Entry[]): Promise<KeptReply> {
    try {
      await this.queue.add(...entries);
    } catch (error) {
      return { kept: false, sent: false, why: `the browser could not keep it: ${(error as Error).message}` };
    }
    return await this.send();
  }
}

function heldBack(settings: Settings): State | null {
  if (settings.paused) return "paused";
  return isConfigured(settings) ? null : "unconfigured";
}

function newEvent(kind: string, user: string): QueuedEvent {
  return { id: crypto.randomUUID(), user, kind, time: new Date().toISOString() };
}

function shown(item: string, place: Place): Pick<QueuedEvent, "item" | "slate" | "position"> {
  return { item, slate: place.slate, position: place.position };
}

function stateOf(error: unknown): State {
  if (error instanceof ServerError) return error.state;
  console.error("recsys:", error);
  return "failed";
}
