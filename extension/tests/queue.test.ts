import { describe, expect, it } from "vitest";
import { Queue, type Entry } from "../src/background/queue";
import { FakeServer, MapStorage } from "./fakes";

function mark(number: number, kind = "like"): Entry {
  const time = `2026-11-24T09:00:${String(number % 60).padStart(2, "0")}Z`;
  return { event: { id: `e${number}`, user: "me", kind, time }, paper: { title: `Paper ${number}`, arxiv: `2401.${10_000 + number}` } };
}

async function sendPatiently(queue: Queue, server: FakeServer): Promise<void> {
  for (let tries = 0; (await queue.waiting()) && tries < 500; tries++) await queue.send(server.as()).catch(() => undefined);
}

describe("the queue", () => {
  it("adds a paper that the server doesn't know, and then its event", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    await queue.add(mark(1));
    await queue.send(server.as());
    expect(server.events.get("e1")).toMatchObject({ kind: "like", item: "arxiv:2401.10001" });
    expect(server.papers.get("arxiv:2401.10001")?.title).toBe("Paper 1");
    expect(await queue.waiting()).toBe(0);
  });

  it("keeps everything while the server is away", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    server.troubles = ["away"];
    await queue.add(mark(1), mark(2));
    await expect(queue.send(server.as())).rejects.toThrow("can't be reached");
    expect(await queue.waiting()).toBe(2);
    await queue.send(server.as());
    expect([...server.events.keys()].sort()).toEqual(["e1", "e2"]);
  });

  it("counts once what was sent twice because the answer was lost", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    server.papers.set("arxiv:2401.10001", { title: "Paper 1" });
    server.troubles = ["answer lost"];
    await queue.add(mark(1));
    await queue.send(server.as()).catch(() => undefined);
    expect(await queue.waiting()).toBe(1);
    await queue.send(server.as());
    expect(await queue.waiting()).toBe(0);
    expect(await queue.refused()).toEqual([]);
    expect(server.events.size).toBe(1);
  });

  it.each([1, 2, 3, 4, 5])("loses nothing and counts nothing twice, whatever happens on the way (%i)", async (seed) => {
    let state = seed * 7919;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const [storage, server] = [new MapStorage(), new FakeServer()];
    let queue = new Queue(storage);
    for (let number = 0; number < 130; number++) {
      await queue.add(mark(number));
      server.troubles = [0, 1, 2].flatMap(() => (random() < 0.6 ? [random() < 0.5 ? ("away" as const) : ("answer lost" as const)] : []));
      if (random() < 0.4) await queue.send(server.as()).catch(() => undefined);
      if (random() < 0.2) queue = new Queue(storage); // the background was stopped, and started anew
    }
    server.troubles = [];
    await sendPatiently(queue, server);
    expect([...server.events.keys()].sort()).toEqual(Array.from({ length: 130 }, (_, number) => `e${number}`).sort());
    expect(await queue.refused()).toEqual([]);
  });

  it("two sendings at once do not get into each other's way", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    await queue.add(...Array.from({ length: 120 }, (_, number) => mark(number)));
    await Promise.all([queue.send(server.as()), queue.send(server.as()), queue.send(server.as())]);
    expect(server.events.size).toBe(120);
    expect(await queue.waiting()).toBe(0);
  });

  it("sets aside what the server will never take, with its reason, and the others go on", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    await queue.add(mark(1, "nonsense"), mark(2));
    await queue.send(server.as());
    expect([...server.events.keys()]).toEqual(["e2"]);
    expect(await queue.waiting()).toBe(0);
    expect(await queue.refused()).toEqual([{ ...mark(1, "nonsense"), why: "kind: no such kind" }]);
    await queue.retryRefused();
    expect(await queue.waiting()).toBe(1);
    expect(await queue.refused()).toEqual([]);
  });

  it("keeps its place when the key is wrong", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    server.troubles = ["wrong key"];
    await queue.add(mark(1));
    await expect(queue.send(server.as())).rejects.toMatchObject({ state: "wrong-key" });
    expect(await queue.waiting()).toBe(1);
  });

  it("holds a paper passed by once, however often it is seen", async () => {
    const [queue, server] = [new Queue(new MapStorage()), new FakeServer()];
    const paper = { title: "Passed by", abstract: "An abstract", arxiv: "2401.00001" };
    await queue.add({ paper });
    await queue.add({ paper });
    expect(await queue.waiting()).toBe(1);
    await queue.send(server.as());
    expect(server.papers.get("arxiv:2401.00001")).toEqual(paper);
    expect(await queue.waiting()).toBe(0);
  });
});
