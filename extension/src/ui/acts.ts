/** What a person can say of a paper by its three buttons, and what then holds. */

import type { Acts, Because, Said } from "../messages";

export type Button = "save" | "like" | "hide";
export type Undo = { undoes: string };

/** What may be said instead of a plain hide: why, or that papers like it are unwanted too. */
export interface Answer {
  mark: "hide" | "dislike";
  reason?: Because;
  /** On its chip. */
  name: string;
  /** What follows from it. */
  effect: string;
}

export const REASONS: readonly Answer[] = [
  { mark: "hide", reason: "topic", name: "Not my topic", effect: "Papers on its topic sink below all others" },
  { mark: "hide", reason: "author", name: "Not this author", effect: "Papers by its authors sink below all others" },
  { mark: "hide", reason: "already-know", name: "Know it already", effect: "Nothing against it: it is of your field" },
  { mark: "hide", reason: "too-old", name: "Too old", effect: "Newer papers are favoured a little more" },
  { mark: "hide", reason: "low-quality", name: "Weak", effect: "Hides this paper only; others like it still come" },
  { mark: "hide", reason: "not-now", name: "Not now", effect: "It stays away for two weeks" },
];
export const LESS: Answer = { mark: "dislike", name: "Less like this", effect: "Counts against papers like it" };

/** The event that holds a button down. The third one stands for both ways to turn a paper away. */
export function holding(button: Button, acts: Acts): string | undefined {
  return button === "hide" ? (acts.dislike ?? acts.hide) : acts[button];
}

/** What a press of a button says, as things stand. */
export function pressed(button: Button, acts: Acts): Said | Undo {
  const held = holding(button, acts);
  if (held === undefined) return { mark: button };
  return button === "save" ? { mark: "unsave" } : { undoes: held };
}

/** What an answer says: it replaces the plain hide, so that one act is in force and one undo takes it back. */
export function answered({ mark, reason }: Answer, acts: Acts): Said {
  const plain = holding("hide", acts);
  return { mark, ...(reason && { reason }), ...(plain !== undefined && { instead: plain }) };
}

/** The acts in force after something was said, by the event of this id. */
export function actsAfter(acts: Acts, said: Said | Undo, id: string): Acts {
  const ended = "undoes" in said ? said.undoes : said.instead;
  const left: Acts = Object.fromEntries(Object.entries(acts).filter(([, event]) => event !== ended));
  if ("undoes" in said) return left;
  if (said.mark === "unsave") delete left.save;
  else left[said.mark] = id;
  if (said.mark === "like") delete left.dislike;
  if (said.mark === "dislike") delete left.like;
  return left;
}
