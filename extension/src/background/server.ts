/** The service's API. Only the background holds one of these: the key goes nowhere else. */

import type { Appraised, Reason, State } from "../messages";
import type { Paper } from "../papers";
import type { Settings } from "../settings";
import type { QueuedEvent } from "./queue";

const PATIENCE_MS = 15_000;

export interface Refusal {
  id: string | null;
  index: number;
  type: string;
  detail: string;
}

export interface Slate {
  slate_id: string;
  items: {
    paper: { id: string; title: string; url: string | null; authors: string[] };
    reasons: Reason[];
    position: number;
  }[];
}

/** A call that came to nothing; `state` says what that means for the person. */
export class ServerError extends Error {
  constructor(
    readonly state: State,
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}

export class Server {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async scores(papers: (Paper | string)[]): Promise<Appraised[]> {
    const answer = await this.#call<{ items: Appraised[] }>("/v1/scores", { user: this.#settings.user, papers });
    return answer.items;
  }

  /** Today's list, the first ten. */
  recommendations(): Promise<Slate> {
    return this.#call(`/v1/recommendations?limit=10&user=${encodeURIComponent(this.#settings.user)}`);
  }

  /** How many events the server knows of this reader. */
  async events(): Promise<number> {
    const user = encodeURIComponent(this.#settings.user);
    return (await this.#call<{ events: number }>(`/v1/users/${user}/profile`)).events;
  }

  /** Those that are now on the server's disk, and those it will never take. */
  async sendEvents(events: QueuedEvent[]): Promise<{ kept: string[]; refused: Refusal[] }> {
    type Answer = { accepted: string[]; repeated: string[]; refused: Refusal[] };
    const answer = await this.#call<Answer>("/v1/events", { events });
    return { kept: [...answer.accepted, ...answer.repeated], refused: answer.refused };
  }

  /** The ids that the papers are known by from now on; null where one was refused. */
  async addPapers(papers: Paper[]): Promise<(string | null)[]> {
    type Answer = { items: { id: string }[]; refused: { index: number }[] };
    const answer = await this.#call<Answer>("/v1/papers", { papers });
    const refused = new Set(answer.refused.map((refusal) => refusal.index));
    const taken = answer.items.values();
    return papers.map((_, index) => (refused.has(index) ? null : (taken.next().value?.id ?? null)));
  }

  async #call<T>(path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(path, body);
    if (response.ok) return (await response.json()) as T;
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    const detail = problem.detail ?? `the server answered with status ${response.status}`;
    throw new ServerError(stateOf(response.status), detail, response.status);
  }

  async #fetch(path: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#settings.key}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(this.#settings.server + path, {
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        headers,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw new ServerError("offline", `${this.#settings.server} can't be reached`);
    }
  }
}

function stateOf(status: number): State {
  if (status === 401 || status === 403) return "wrong-key";
  return status >= 500 || status === 429 ? "offline" : "failed";
}
