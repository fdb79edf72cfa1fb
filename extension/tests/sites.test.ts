import { describe, expect, it } from "vitest";
import { identity, tidy, type Found, type Paper } from "../src/papers";
import { originsOf, SITES, siteOf } from "../src/sites";
import { isoDate } from "../src/sites/dom";
import { page } from "./pages";

function found(file: string, address: string): Found[] {
  return siteOf(new URL(address).hostname)?.find(page(file, address)) ?? [];
}

function papers(file: string, address: string): (Paper | null)[] {
  return found(file, address).map((one) => tidy(one.paper));
}

describe("pages about one paper", () => {
  it("arXiv", () => {
    const [one, ...others] = found("arxiv_abs", "https://arxiv.org/abs/2401.10004");
    expect(others).toEqual([]);
    expect(one?.rows).toEqual([]);
    expect(one?.badgeAt.tagName).toBe("H1");
    expect(tidy(one?.paper as Paper)).toEqual({
      title: "Attention Layers as Learned Kernels",
      abstract: expect.stringMatching(/^We read each attention layer .* enough to see it\.$/),
      authors: ["Ngozi Okafor", "Per Lindqvist"],
      topics: ["cs.LG", "stat.ML"],
      published: "2024-01-18",
      url: "https://arxiv.org/abs/2401.10004",
      arxiv: "2401.10004",
    });
  });

  it("Hugging Face", () => {
    expect(papers("huggingface_paper", "https://huggingface.co/papers/2401.10007")).toEqual([
      {
        title: "Training Transformers with Short Memories",
        abstract: "A transformer network that forgets is cheaper in training.",
        authors: ["Sofia Lund"],
        url: "https://arxiv.org/abs/2401.10007",
        arxiv: "2401.10007",
      },
    ]);
  });

  it("OpenReview", () => {
    expect(papers("openreview_forum", "https://openreview.net/forum?id=aB3_x-9&noteId=z")).toEqual([
      {
        title: "Kernels That Remember",
        abstract: "A kernel with a state can stand in for attention over long sequences.",
        authors: ["Ngozi Okafor", "Hana Sato"],
        topics: ["kernels", "memory", "attention"],
        published: "2023-10-13",
        url: "https://openreview.net/forum?id=aB3_x-9",
        id: "openreview:aB3_x-9",
      },
    ]);
  });

  it("ACL Anthology", () => {
    expect(papers("acl_paper", "https://aclanthology.org/2024.acl-long.17/")).toEqual([
      {
        title: "Parsing with Fewer Trees",
        abstract: "A parser that keeps only trees that disagree needs a tenth of them.",
        authors: ["Clara Voss", "Ravi Menon"],
        published: "2024-08",
        url: "https://aclanthology.org/2024.acl-long.17/",
        doi: "10.18653/v1/2024.acl-long.17",
        id: "acl:2024.acl-long.17",
      },
    ]);
  });

  it("Semantic Scholar", () => {
    const address = "https://www.semanticscholar.org/paper/Maps-of-Slow-Rivers-Demir/0123456789abcdef0123456789abcdef01234567";
    expect(papers("semantic_scholar_paper", address)).toEqual([
      {
        title: "Maps of Slow Rivers",
        abstract: "Rivers that move slowly are mapped from above by their colour.",
        authors: ["Yusuf Demir"],
        published: "2022-05-04",
        url: "https://www.semanticscholar.org/paper/0123456789abcdef0123456789abcdef01234567",
        doi: "10.1000/rivers.7",
        id: "s2:0123456789abcdef0123456789abcdef01234567",
      },
    ]);
  });

  it("PubMed", () => {
    expect(papers("pubmed_article", "https://pubmed.ncbi.nlm.nih.gov/38170001/")).toEqual([
      {
        title: "Sleep and the second shift",
        abstract: "Background: Nurses on a second shift sleep less. Results: A nap of twenty minutes made up for it.",
        authors: ["Amina Farouk", "Jonas Weber"],
        published: "2024-01-02",
        url: "https://pubmed.ncbi.nlm.nih.gov/38170001/",
        doi: "10.1000/sleep.2024.5",
        id: "pmid:38170001",
      },
    ]);
  });
});

describe("listings", () => {
  it.each([
    ["arxiv_list", "https://arxiv.org/list/cs.LG/new", 8, "arxiv:2401.10001", 2],
    ["arxiv_search", "https://arxiv.org/search/?query=halo", 2, "arxiv:2401.10002", 1],
    ["huggingface_daily", "https://huggingface.co/papers", 4, "arxiv:2401.10002", 1],
    ["huggingface_daily", "https://huggingface.co/papers/date/2024-01-18", 4, "arxiv:2401.10002", 1],
    ["openreview_list", "https://openreview.net/group?id=Example.cc/2024/Conference", 2, "openreview:aB3_x-9", 1],
    ["acl_volume", "https://aclanthology.org/volumes/2024.acl-long/", 2, "acl:2024.acl-long.17", 2],
    ["semantic_scholar_search", "https://www.semanticscholar.org/search?q=rivers", 2, "s2:0123456789abcdef0123456789abcdef01234567", 1],
    ["pubmed_search", "https://pubmed.ncbi.nlm.nih.gov/?term=sleep", 2, "pmid:38170001", 1],
  ])("%s at %s", (file, address, number, first, rows) => {
    const all = found(file, address);
    expect(all).toHaveLength(number);
    expect(identity(all[0]?.paper as Paper)).toBe(first);
    expect(all[0]?.rows).toHaveLength(rows);
    for (const one of all) {
      expect(tidy(one.paper)).not.toBeNull();
      expect(one.rows[0]?.parentNode).toBe(all[0]?.rows[0]?.parentNode);
      expect(one.rows.some((row) => row.contains(one.badgeAt))).toBe(true);
    }
  });

  it("say what a listing shows of a paper", () => {
    expect(papers("arxiv_search", "https://arxiv.org/search/")[0]).toEqual({
      title: "Stellar Halos at Low Redshift",
      abstract: "A wide survey with one telescope maps each halo.",
      authors: ["Ines Duarte"],
      topics: ["astro-ph", "cs.LG"],
      published: "2024-01-18",
      url: "https://arxiv.org/abs/2401.10002",
      arxiv: "2401.10002",
    });
    expect(papers("arxiv_search", "https://arxiv.org/search/")[1]).toMatchObject({ arxiv: "hep-th/9901001", topics: ["hep-th"] });
    expect(papers("arxiv_list", "https://arxiv.org/list/cs.LG/new")[1]).toMatchObject({
      title: "Stellar Halos at Low Redshift",
      abstract: expect.stringContaining("wide survey"),
      topics: ["astro-ph"],
    });
    expect(papers("openreview_list", "https://openreview.net/group?id=x")[0]).toMatchObject({
      abstract: "A kernel with a state can stand in for attention.",
      authors: ["Ngozi Okafor", "Hana Sato"],
    });
    expect(papers("pubmed_search", "https://pubmed.ncbi.nlm.nih.gov/?term=sleep")[0]).toMatchObject({
      title: "Sleep and the second shift",
      authors: ["Farouk A", "Weber J"],
      published: "2024-01-02",
      doi: "10.1000/sleep.2024.5",
    });
    expect(papers("semantic_scholar_search", "https://www.semanticscholar.org/search?q=rivers")[0]).toMatchObject({
      published: "2022-05-04",
      abstract: "Rivers that move slowly are mapped from above.",
    });
  });
});

it("finds nothing on other pages of the sites", () => {
  for (const site of SITES) {
    for (const host of site.hosts) expect(site.find(page("empty", `https://${host}/help`))).toEqual([]);
  }
});

it("asks for hosts, and runs only where it must", () => {
  const huggingFace = siteOf("huggingface.co");
  expect(huggingFace?.matches).toEqual(["https://huggingface.co/papers*"]);
  expect(huggingFace && originsOf(huggingFace)).toEqual(["https://huggingface.co/*"]);
  expect(siteOf("arxiv.org.example.net")).toBeUndefined();
});

it.each([
  ["2024/1/3", "2024-01-03"],
  ["2024/8", "2024-08"],
  ["01/02/2024", "2024-01-02"],
  ["2024 Jan 2;12(1):33-41.", "2024-01-02"],
  ["18 January, 2024", "2024-01-18"],
  ["2021", "2021"],
  ["soon", ""],
])("dates: %s", (given, expected) => {
  expect(isoDate(given)).toBe(expected);
});
