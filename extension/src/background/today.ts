/** Today's list, with figures for people; the last one is kept for when the server can't be reached. */

import type { ListedPaper, State, TodayReply } from "../messages";
import type { Storage } from "./queue";
import { ServerError, type Server } from "./server";

const KEY = "today";

type List = Omit<TodayReply, "waiting">;

export async function todaysList(storage: Storage, server: Server): Promise<List> {
  try {
    const list: List = { state: "ready", items: await fetched(server), made: Date.now() };
    await storage.set({ [KEY]: list });
    return list;
  } catch (error) {
    const state: State = error instanceof ServerError ? error.state : "failed";
    const held = (await storage.get(null))[KEY] as List | undefined;
    return state === "offline" && held ? { ...held, state } : { state, items: [], made: null };
  }
}

async function fetched(server: Server): Promise<ListedPaper[]> {
  const slate = await server.recommendations();
  const scores = await server.scores(slate.items.map((item) => item.paper.id));
  return slate.items.map(({ paper, reasons, position }, index) => ({
    id: paper.id,
    title: paper.title,
    url: paper.url,
    authors: paper.authors,
    reasons,
    percentile: scores[index]?.percentile ?? null,
    place: { slate: slate.slate_id, position },
  }));
}
