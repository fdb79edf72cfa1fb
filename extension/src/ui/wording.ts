/** What an appraisal looks like to a person. */

import type { Appraised, State } from "../messages";

export interface View {
  /** On the pill: a figure or a word. */
  figure: string;
  /** The whole of it, for screen readers and tooltips. */
  label: string;
  percent: number | null;
  guess: boolean;
  strong: boolean;
  reasons: string[];
  /** What stands for a reason where there is room for one line and there is none. */
  brief: string;
  note: string;
}

const STRONG = 80;
const NO_FIGURE = { percent: null, guess: false, strong: false, reasons: [] };

export function viewOf(item: Appraised): View {
  if (item.status === "scored" && item.percentile !== null) return scored(item, item.percentile);
  if (item.status === "pending") {
    return { ...NO_FIGURE, figure: "…", label: "Not scored yet", brief: "Your server is reading it", note: "Your server is reading it." };
  }
  const note =
    item.status === "new"
      ? "It has a score after the next nightly training, or once it has something in common with what you like."
      : "Your server doesn't know this paper. Open its page to tell it more.";
  return { ...NO_FIGURE, figure: "new", label: "New here, not scored yet", brief: "New here, not scored yet", note };
}

function scored(item: Appraised, percentile: number): View {
  const guess = item.basis === "text";
  const how = guess ? "Compared by its text only, as it is newer than the last training." : "";
  const share = percentile >= 100 ? "than anything else" : `than ${percentile}% of the papers`;
  return {
    figure: String(percentile),
    label: `Suits you better ${share} you could read`,
    percent: percentile,
    guess,
    strong: percentile >= STRONG,
    reasons: item.reasons.map((reason) => reason.text),
    brief: "",
    note: how,
  };
}

const STATES: Record<Exclude<State, "ready">, string> = {
  paused: "Paused: nothing is asked and nothing is sent.",
  unconfigured: "Not connected yet: give the server's address and key in the options.",
  offline: "Your server can't be reached. What you mark is kept and sent later.",
  "wrong-key": "Your server doesn't accept the key: see the options.",
  failed: "Your server could not answer this.",
};

export function stateNote(state: Exclude<State, "ready">): string {
  return STATES[state];
}

/** Where there are no scores: because they weren't asked for, or because they couldn't be had. */
export function unscored(state: State): View {
  if (state === "ready") return { ...NO_FIGURE, figure: "", label: "Scores are switched off", brief: "", note: "" };
  return { ...NO_FIGURE, figure: "–", label: "No score", brief: stateNote(state), note: stateNote(state) };
}

/** "1 act", "2 acts". */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}
