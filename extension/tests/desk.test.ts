import { beforeEach, describe, expect, it, vi } from "vitest";
import { Desk } from "../src/background/desk";
import { STALE_MS } from "../src/background/visits";
import { DEFAULTS, type Settings } from "../src/settings";
import { FakeServer, MapStorage } from "./fakes";

const PAPER = { title: "Kernels", abstract: "About kernels.", arxiv: "2401.10004" };
const KNOWN = { title: "Known", abstract: "Known to the server.", arxiv: "2401.10001" };

let settings: Settings;
let server: FakeServer;
let desk: Desk;

beforeEach(() => {
  vi.useRealTimers();
  settings = { ...DEFAULTS, key: "rk_1", user: "ada", sends: { ...DEFAULTS.sends } };
  server = new FakeServer();
  server.papers.set("arxiv:2401.10001", KNOWN);
  desk = new Desk(new MapStorage(), async () => settings, () => server.as());
});

function reading(seconds: number, ended = false, visit = "v1") {
  return desk.reading({ kind: "reading", visit, paper: PAPER, seconds, ended });
}

describe("scores", () => {
  it("come in order, and an unknown paper is added to the catalogue", async () => {
    const reply = await desk.scores({ kind: "scores", papers: [PAPER, KNOWN] });
    expect(reply.state).toBe("ready");
    expect(reply.items?.map((item) => item.percentile)).toEqual([null, 70]);
    expect(server.papers.get("arxiv:2401.10004")).toEqual(PAPER);
  });

  it("add nothing where that is switched off, or where there is no abstract", async () => {
    await desk.scores({ kind: "scores", papers: [{ title: "Only a title", arxiv: "2401.10009" }] });
    settings.sends.papers = false;
    await desk.scores({ kind: "scores", papers: [PAPER] });
    expect([...server.papers.keys()]).toEqual(["arxiv:2401.10001"]);
  });

  it("are not asked for where that is switched off", async () => {
    settings.sends.scores = false;
    expect(await desk.scores({ kind: "scores", papers: [PAPER] })).toMatchObject({ state: "ready", items: null, marks: true });
    expect(server.calls).toBe(0);
  });

  it("say that the server is away", async () => {
    server.troubles = ["away"];
    expect(await desk.scores({ kind: "scores", papers: [PAPER] })).toMatchObject({ state: "offline", items: null });
  });
});

describe("marks", () => {
  it("are sent with their paper", async () => {
    expect(await desk.mark({ mark: "like" }, { paper: PAPER })).toEqual({ kept: true, sent: true, id: expect.any(String) });
    const [event] = server.events.values();
    expect(event).toMatchObject({ user: "ada", kind: "like", item: "arxiv:2401.10004" });
  });

  it("on a listed paper say where it was shown", async () => {
    await desk.mark({ mark: "save" }, { item: "arxiv:2401.10001", place: { slate: "s1", position: 3 } });
    const [event] = server.events.values();
    expect(event).toMatchObject({ kind: "save", item: "arxiv:2401.10001", slate: "s1", position: 3 });
  });

  it("can be taken back, also before the server has heard of them", async () => {
    server.troubles = ["away"];
    const { id } = await desk.mark({ mark: "like" }, { paper: PAPER });
    expect(await desk.undo(id ?? "")).toEqual({ kept: true, sent: true });
    expect(server.events.get(id ?? "")?.kind).toBe("like");
    expect([...server.events.values()].filter((event) => event.kind === "undo")).toMatchObject([{ undoes: id }]);
  });

  it("with a reason replace the plain hide", async () => {
    const plain = await desk.mark({ mark: "hide" }, { paper: PAPER });
    const said = { mark: "hide", reason: "too-old", instead: plain.id ?? "" } as const;
    const why = await desk.mark(said, { paper: PAPER });
    const [hide, undo, reasoned, ...others] = server.events.values();
    expect([hide, undo]).toMatchObject([{ kind: "hide", id: plain.id }, { kind: "undo", undoes: plain.id }]);
    expect(hide).not.toHaveProperty("reason");
    expect(undo).not.toHaveProperty("item");
    expect(reasoned).toMatchObject({ kind: "hide", reason: "too-old", item: "arxiv:2401.10004", id: why.id });
    expect(others).toEqual([]);
  });

  it("given a reason while the server is away, arrive as if it had been there", async () => {
    server.troubles = ["away", "away"];
    const plain = await desk.mark({ mark: "hide" }, { paper: PAPER });
    await desk.mark({ mark: "dislike", instead: plain.id ?? "" }, { paper: PAPER });
    expect(await desk.queue.waiting()).toBe(3);
    await desk.send();
    expect(await desk.queue.waiting()).toBe(0);
    const events = [...server.events.values()];
    expect(events.map((event) => event.kind).sort()).toEqual(["dislike", "hide", "undo"]);
    expect(events.find((event) => event.kind === "undo")?.undoes).toBe(plain.id);
    expect(events.find((event) => event.kind === "dislike")?.item).toBe("arxiv:2401.10004");
  });

  it("are kept while the server is away", async () => {
    server.troubles = ["away"];
    expect(await desk.mark({ mark: "like" }, { paper: PAPER })).toMatchObject({ kept: true, sent: false });
    expect(await desk.queue.waiting()).toBe(1);
    expect(await desk.send()).toEqual({ kept: true, sent: true });
    expect(server.events.size).toBe(1);
  });
});

describe("reading", () => {
  it("is one event, made when the page is left", async () => {
    await reading(5);
    await reading(10);
    expect(server.calls).toBe(0);
    await reading(12.34, true);
    expect([...server.events.values()]).toEqual([expect.objectContaining({ id: "v1", kind: "read", seconds: 12.3, item: "arxiv:2401.10004" })]);
    expect(await desk.visits.ongoing()).toBe(0);
  });

  it("is finished by the background where the page could not say so", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    await reading(30);
    vi.setSystemTime(1_000_000 + STALE_MS - 1);
    await desk.finishVisits();
    expect(server.events.size).toBe(0);
    vi.setSystemTime(1_000_000 + STALE_MS + 1);
    await desk.finishVisits();
    expect([...server.events.values()]).toEqual([expect.objectContaining({ seconds: 30, time: new Date(1_000_000).toISOString() })]);
  });

  it("of less than a second is none", async () => {
    await reading(0.4, true);
    expect(server.events.size).toBe(0);
    expect(await desk.visits.ongoing()).toBe(0);
  });
});

describe("what is held back", () => {
  it("paused, nothing is asked, kept or sent; and what waited goes on waiting", async () => {
    server.troubles = ["away"];
    await desk.mark({ mark: "save" }, { paper: PAPER });
    settings.paused = true;
    const before = server.calls;
    expect((await desk.scores({ kind: "scores", papers: [PAPER] })).state).toBe("paused");
    expect(await desk.mark({ mark: "like" }, { paper: PAPER })).toMatchObject({ kept: false });
    expect(await reading(30, true)).toMatchObject({ kept: false });
    expect(await desk.opened("arxiv:2401.10001", { slate: "s1", position: 0 })).toMatchObject({ kept: false });
    expect((await desk.today()).state).toBe("paused");
    expect(await desk.send()).toMatchObject({ sent: false });
    expect(server.calls).toBe(before);
    expect(await desk.queue.waiting()).toBe(1);
    settings.paused = false;
    await desk.send();
    expect([...server.events.values()].map((event) => event.kind)).toEqual(["save"]);
  });

  it("each kind can be switched off by itself", async () => {
    settings.sends = { scores: true, papers: true, reading: false, opens: false, marks: false };
    expect(await reading(30, true)).toMatchObject({ kept: false });
    expect(await desk.opened("arxiv:2401.10001", { slate: "s1", position: 0 })).toMatchObject({ kept: false });
    expect(await desk.mark({ mark: "like" }, { paper: PAPER })).toMatchObject({ kept: false });
    expect(server.calls).toBe(0);
  });

  it("without a key there is nobody to ask", async () => {
    settings.key = "";
    expect((await desk.scores({ kind: "scores", papers: [PAPER] })).state).toBe("unconfigured");
    expect((await desk.check()).state).toBe("unconfigured");
    expect(server.calls).toBe(0);
  });
});

it("today's list is kept for when the server is away", async () => {
  const list = await desk.today();
  expect(list).toMatchObject({ state: "ready", items: [{ title: "Known", percentile: 70, place: { slate: "s1", position: 0 } }] });
  server.troubles = ["away"];
  expect(await desk.today()).toMatchObject({ state: "offline", made: list.made, items: list.items });
});
