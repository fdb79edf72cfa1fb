/** What the parts of the extension say to each other, and how. */

import type { Paper } from "./papers";

export type Mark = "save" | "unsave" | "like" | "dislike" | "hide";
export type ActInForce = "save" | "like" | "dislike" | "hide" | "read";
/** A reader's own acts that hold, by the ids of their events. */
export type Acts = Partial<Record<ActInForce, string>>;

/** Why a paper is hidden, as the service knows it. */
export type Because = "topic" | "author" | "already-know" | "too-old" | "low-quality" | "not-now";

/** What a person says of a paper; `instead` of the event of that id, which is taken back. */
export interface Said {
  mark: Mark;
  reason?: Because;
  instead?: string;
}

/** Where a list of the service showed a paper. */
export interface Place {
  slate: string;
  position: number;
}

export interface Reason {
  kind: string;
  text: string;
}

/** One paper's part of the answer of `POST /v1/scores`. */
export interface Appraised {
  id: string | null;
  status: "scored" | "pending" | "new" | "unknown";
  basis: "model" | "text" | null;
  percentile: number | null;
  reasons: Reason[];
  acts: Acts;
}

/** Of a page that shows papers. */
export type FromSite =
  | { kind: "scores"; papers: Paper[] }
  | ({ kind: "mark"; paper: Paper } & Said)
  | { kind: "undo"; undoes: string }
  | { kind: "reading"; visit: string; paper: Paper; seconds: number; ended: boolean };

/** Of the popup and the options page. */
export type FromOwnPage =
  | { kind: "today" }
  | ({ kind: "mark-listed"; item: string; place: Place } & Said)
  | { kind: "opened"; item: string; place: Place }
  | { kind: "check" }
  | { kind: "send-now" }
  | { kind: "retry-refused" };

export type State = "ready" | "paused" | "unconfigured" | "offline" | "wrong-key" | "failed";

export interface ScoresReply {
  state: State;
  /** In the order asked for; null where scores are not asked for or not to be had. */
  items: Appraised[] | null;
  marks: boolean;
  sort: boolean;
}

export interface KeptReply {
  kept: boolean;
  /** Of the event that was made: what an undo names. */
  id?: string;
  /** Whether all that was kept has reached the server. */
  sent: boolean;
  why?: string;
}

export interface ListedPaper {
  id: string;
  title: string;
  url: string | null;
  authors: string[];
  reasons: Reason[];
  percentile: number | null;
  place: Place;
}

export interface TodayReply {
  state: State;
  items: ListedPaper[];
  /** When the list was made, in ms; a list from before is shown while the server can't be reached. */
  made: number | null;
  waiting: number;
}

export interface CheckReply {
  state: State;
  detail: string;
}

export interface Replies {
  scores: ScoresReply;
  mark: KeptReply;
  undo: KeptReply;
  reading: KeptReply;
  today: TodayReply;
  "mark-listed": KeptReply;
  opened: KeptReply;
  check: CheckReply;
  "send-now": KeptReply;
  "retry-refused": KeptReply;
}

export type Message = FromSite | FromOwnPage;

/** Ask the background. */
export function ask<M extends Message>(message: M): Promise<Replies[M["kind"]]> {
  return chrome.runtime.sendMessage(message);
}
