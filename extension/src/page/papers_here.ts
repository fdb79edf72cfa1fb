/** The papers on this page: finds them, has them scored, and keeps their badges right. */

import { ask, type Acts, type Appraised, type Said, type ScoresReply } from "../messages";
import { identity, tidy, type Found, type Paper } from "../papers";
import { actsAfter, holding, type Undo } from "../ui/acts";
import { unscored, viewOf } from "../ui/wording";
import { Badge } from "./badge";
import { ListBar } from "./list_bar";
import { Sorting } from "./sorting";

const FEWEST_TO_SORT = 3;
const ASK_AGAIN_MS = 3_000;
const ASK_AGAIN_TIMES = 5;
const DIMMED = "0.45";

interface Placed extends Found {
  badge: Badge;
  item: Appraised | null;
  /** As the server last told; and as the person has changed them since. */
  acts: Acts;
}

export class PapersHere {
  #placed: Placed[] = [];
  #sorting: Sorting | null = null;
  #bar: ListBar | null = null;
  #sorted: boolean | null = null;
  #asking: Promise<void> = Promise.resolve();
  #scoredAt = 0;
  #saidSoFar = 0;

  constructor(readonly find: (document: Document) => Found[]) {}

  /** Look at the page anew: badges for papers that have come, none for those that went. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      this.#forgetGone();
      const badged = new Set(this.#placed.map((placed) => placed.badgeAt));
      const fresh = this.find(document).flatMap((found) => {
        const paper = tidy(found.paper);
        return paper && !badged.has(found.badgeAt) ? [{ ...found, paper }] : [];
      });
      if (fresh.length) await this.#place(fresh);
    });
  }

  /** Ask for all scores anew, because something was marked or the page has been away; and look for new papers. */
  async refresh(olderThanMs = 0): Promise<void> {
    if (Date.now() - this.#scoredAt < olderThanMs) return;
    await this.#inTurn(() => this.#score(this.#placed));
    await this.look();
  }

  /** The paper that this page is about, if it is about one and the person wants it looked after. */
  theOne(): Paper | null {
    const [first] = this.#placed;
    return this.#placed.length === 1 && first && !first.rows.length ? first.paper : null;
  }

  removeAll(): void {
    this.#sorting?.remove();
    this.#bar?.host.remove();
    for (const placed of this.#placed) this.#take(placed);
    this.#placed = [];
    this.#sorting = this.#bar = null;
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    this.#asking = this.#asking.then(step);
    return this.#asking;
  }

  async #place(fresh: Found[]): Promise<void> {
    const reply = await ask({ kind: "scores", papers: fresh.map((found) => found.paper) });
    if (reply.state === "paused" || reply.state === "unconfigured") return;
    const placed = fresh.map((found) => {
      const onSay = (said: Said | Undo): Promise<string> => this.#say(found.paper, said);
      const badge = new Badge(found.badgeAt, !found.rows.length, onSay, () => this.#resort());
      return { ...found, badge, item: null, acts: {} };
    });
    this.#placed.push(...placed);
    this.#show(placed, reply);
    this.#makeSortable(reply.sort);
    this.#askAgain(ASK_AGAIN_TIMES);
  }

  async #score(placed: Placed[]): Promise<void> {
    if (!placed.length) return;
    const saidSoFar = this.#saidSoFar;
    const reply = await ask({ kind: "scores", papers: placed.map((one) => one.paper) });
    if (saidSoFar !== this.#saidSoFar) return; // from before the person's last word, after which all are asked for again
    if (reply.state === "paused" || reply.state === "unconfigured") this.removeAll();
    else this.#show(placed, reply);
  }

  #show(placed: Placed[], reply: ScoresReply): void {
    this.#scoredAt = Date.now();
    placed.forEach((one, index) => {
      one.item = reply.items?.[index] ?? one.item; // while the server is away, what it said last stands
      one.acts = reply.items?.[index]?.acts ?? one.acts;
      one.badge.show(one.item ? viewOf(one.item) : unscored(reply.state), one.acts, reply.marks);
      dim(one);
    });
    this.#resort();
  }

  /** New texts are read by the server one after the other: those that are pending are asked for again. */
  #askAgain(times: number): void {
    const pending = this.#placed.filter((placed) => placed.item?.status === "pending");
    if (!pending.length || !times) return;
    const again = (): Promise<void> => this.#inTurn(() => this.#score(pending)).then(() => this.#askAgain(times - 1));
    setTimeout(() => void again().catch(() => undefined), ASK_AGAIN_MS);
  }

  async #say(paper: Paper, said: Said | Undo): Promise<string> {
    const reply = await ask("undoes" in said ? { kind: "undo", ...said } : { kind: "mark", paper, ...said });
    this.#saidSoFar += 1;
    if (reply?.kept) {
      for (const one of this.#placed.filter((placed) => identity(placed.paper) === identity(paper))) {
        one.acts = actsAfter(one.acts, said, reply.id ?? "");
        one.badge.showActs(one.acts);
        dim(one);
      }
    }
    void this.refresh().catch(() => undefined); // where the extension is gone, the next look finds out
    if (!reply?.kept) return `This was not kept${reply?.why ? `: ${reply.why}` : ""}`;
    return reply.sent ? "Your server knows, and the scores follow" : "Kept; sent when your server can be reached";
  }

  #makeSortable(byDefault: boolean): void {
    this.#sorting?.remove();
    const groups = this.#placed.map((placed) => placed.rows).filter((rows) => rows.length);
    const first = groups[0]?.[0];
    if (!first || groups.length < FEWEST_TO_SORT) return;
    this.#sorting = new Sorting(groups);
    this.#sorted ??= byDefault;
    this.#bar ??= new ListBar(first, (sorted) => {
      this.#sorted = sorted;
      this.#sort();
    });
    this.#bar.press(this.#sorted);
    this.#resort();
  }

  /** A row that moves takes the focus and what is open with it: not while somebody is asked something. */
  #resort(): void {
    if (this.#sorted && !this.#placed.some((one) => one.badge.asking)) this.#sort();
  }

  #sort(): void {
    if (!this.#sorted) return this.#sorting?.restore();
    const figures = new Map(this.#placed.map((one) => [one.rows[0], isTurnedAway(one) ? null : one.item?.percentile]));
    const focused = this.#placed.flatMap((one) => one.badge.focused ?? [])[0];
    this.#sorting?.sort((rows) => figures.get(rows[0]) ?? null);
    focused?.focus({ preventScroll: true });
  }

  #forgetGone(): void {
    const gone = this.#placed.filter((placed) => !placed.badge.host.isConnected);
    this.#placed = this.#placed.filter((placed) => placed.badge.host.isConnected);
    for (const placed of gone) this.#take(placed);
  }

  #take(placed: Placed): void {
    placed.badge.remove();
    dim({ ...placed, acts: {} });
  }
}

function isTurnedAway({ acts }: Placed): boolean {
  return holding("hide", acts) !== undefined;
}

function dim(placed: Placed): void {
  const opacity = isTurnedAway(placed) ? DIMMED : "";
  for (const row of placed.rows) if (row instanceof HTMLElement) row.style.opacity = opacity;
}
