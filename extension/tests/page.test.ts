import { beforeEach, describe, expect, it } from "vitest";
import { ReadingClock, IDLE_MS, type Report } from "../src/page/reading";
import { Sorting } from "../src/page/sorting";
import { contrast, luminanceOf } from "../src/page/theme";
import { addressOf, tidy } from "../src/papers";
import { isExposed, serverAddress, serverPattern } from "../src/settings";
import { unscored, viewOf } from "../src/ui/wording";
import { readFileSync } from "node:fs";
import { join } from "node:path";

describe("reading time", () => {
  let now: number;
  let reports: Report[];
  let clock: ReadingClock;

  function pass(seconds: number, attended: boolean, moving = true): void {
    for (let second = 0; second < seconds; second++) {
      now += 1_000;
      if (moving) clock.active();
      clock.tick(attended);
    }
  }

  beforeEach(() => {
    now = 0;
    reports = [];
    clock = new ReadingClock(() => now, (report) => reports.push(report));
  });

  it("counts while the page is in front and somebody moves", () => {
    pass(12, true);
    clock.end();
    expect(reports.map(({ seconds, ended }) => [seconds, ended])).toEqual([[5, false], [10, false], [12, true]]);
    expect(new Set(reports.map((report) => report.visit)).size).toBe(1);
  });

  it("does not count what is hidden, or left alone", () => {
    pass(10, true);
    pass(40, false);
    pass(10, true);
    pass(600, true, false);
    clock.end();
    expect(reports.at(-1)?.seconds).toBe(20 + IDLE_MS / 1_000);
  });

  it("does not count the night that a laptop slept through", () => {
    pass(10, true);
    now += 8 * 3_600_000;
    clock.active();
    clock.tick(true);
    clock.end();
    expect(reports.map((report) => report.seconds).every((seconds) => seconds <= 11.5)).toBe(true);
  });

  it("is another visit after a long silence", () => {
    pass(10, true);
    pass(200, false);
    pass(10, true);
    clock.end();
    const last = new Map(reports.map((report) => [report.visit, report.seconds]));
    expect([...last.values()]).toEqual([10, 10]);
  });

  it("says nothing where nothing was read", () => {
    pass(10, false);
    clock.end();
    expect(reports).toEqual([]);
  });
});

describe("sorting", () => {
  const order = (list: Element): string => [...list.children].map((child) => child.textContent).join("");

  it("moves groups of rows, the unscored last, and puts all back", () => {
    document.body.innerHTML = "<dl><dt>a</dt><dd>A</dd><hr><dt>b</dt><dd>B</dd><dt>c</dt><dd>C</dd><dt>d</dt><dd>D</dd></dl>";
    const list = document.querySelector("dl") as Element;
    const before = list.innerHTML;
    const groups = [...list.querySelectorAll("dt")].map((term) => [term, term.nextElementSibling as Element]);
    const figures: Record<string, number | null> = { a: 10, b: null, c: 90, d: 10 };
    const sorting = new Sorting(groups);
    sorting.sort((rows) => figures[rows[0]?.textContent ?? ""] ?? null);
    expect(order(list)).toBe("cCaAdDbB");
    expect(list.children[2]?.tagName).toBe("HR"); // what isn't a row stays where it is
    sorting.restore();
    expect(order(list)).toBe("aAbBcCdD");
    sorting.sort(() => 1);
    sorting.remove();
    expect(list.innerHTML).toBe(before);
  });
});

describe("wording", () => {
  const scored = { id: "x", status: "scored", basis: "model", percentile: 92, reasons: [{ kind: "content", text: "Like it" }], acts: {} } as const;

  it("says what a figure means and what it rests on", () => {
    expect(viewOf({ ...scored, reasons: [...scored.reasons] })).toMatchObject({ figure: "92", strong: true, guess: false, reasons: ["Like it"], note: "" });
    expect(viewOf({ ...scored, reasons: [], basis: "text", percentile: 40 })).toMatchObject({ strong: false, guess: true, note: expect.stringContaining("text only") });
    expect(viewOf({ ...scored, reasons: [], status: "new", basis: null, percentile: null })).toMatchObject({ figure: "new", label: expect.stringContaining("not scored yet") });
    expect(unscored("offline").note).toContain("kept");
    expect(unscored("ready").figure).toBe("");
  });
});

it("an id tells where the paper is read", () => {
  expect(addressOf("arxiv:2401.10004")).toBe("https://arxiv.org/abs/2401.10004");
  expect(addressOf("doi:10.1000/a b")).toBe("https://doi.org/10.1000/a%20b");
  expect(addressOf("title:abc")).toBeNull();
});

describe("what pages may say", () => {
  it("is cut down to what the service takes", () => {
    const tidied = tidy({
      title: ` A\n title ${"x".repeat(2_000)}`,
      abstract: "a".repeat(50_000),
      authors: ["Ada", " Ada ", ""],
      published: "soon",
      url: "javascript:alert(1)",
      arxiv: "2401.00001v2",
      doi: "nonsense",
      id: "has spaces",
    });
    expect(tidied?.title).toHaveLength(1_000);
    expect(tidied?.abstract).toHaveLength(20_000);
    expect(Object.keys(tidied ?? {}).sort()).toEqual(["abstract", "authors", "title"]);
    expect(tidied?.authors).toEqual(["Ada"]);
    expect(tidy({ title: "  " })).toBeNull();
  });
});

describe("the server's address", () => {
  it.each([
    ["127.0.0.1:8000", "http://127.0.0.1:8000", "http://127.0.0.1/*", false],
    [" https://papers.example.org/recsys/ ", "https://papers.example.org/recsys", "https://papers.example.org/*", false],
    ["http://192.168.1.5:8000/", "http://192.168.1.5:8000", "http://192.168.1.5/*", true],
  ])("%s", (typed, address, pattern, exposed) => {
    expect(serverAddress(typed)).toBe(address);
    expect(serverPattern(address)).toBe(pattern);
    expect(isExposed(address)).toBe(exposed);
  });

  it.each(["ftp://example.org", "http://me:secret@example.org", "not an address"])("not %s", (typed) => {
    expect(() => serverAddress(typed)).toThrow();
  });
});

describe("colours", () => {
  const css = readFileSync(join(import.meta.dirname, "../src/ui/tokens.css"), "utf8");

  it.each(["light", "dark"])("have the contrast of WCAG AA (%s)", (theme) => {
    const block = css.slice(css.indexOf(`.${theme} {`));
    const luminance = (name: string): number => {
      const hex = new RegExp(`--${name}: #(..)(..)(..);`).exec(block) ?? [];
      return luminanceOf(`rgb(${hex.slice(1).map((pair) => parseInt(pair, 16)).join(", ")})`) ?? NaN;
    };
    for (const [text, ground] of [["text", "surface"], ["text", "raised"], ["quiet", "surface"], ["quiet", "raised"], ["accent", "surface"], ["accent", "tint"], ["on-accent", "accent"], ["danger", "surface"]] as const) {
      expect(contrast(luminance(text), luminance(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(luminance("control"), luminance("surface"))).toBeGreaterThanOrEqual(3);
  });

  it("tell a dark page from a light one", () => {
    expect(luminanceOf("rgb(255, 255, 255)")).toBeCloseTo(1);
    expect(luminanceOf("rgb(11, 15, 25)")).toBeLessThan(0.05);
    expect(luminanceOf("rgba(0, 0, 0, 0)")).toBeNull();
  });
});
