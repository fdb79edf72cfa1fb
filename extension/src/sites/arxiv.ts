/** arXiv: abstract pages, listings (`/list/...`) and search results. */

import type { Found, Paper } from "../papers";
import { arxivId, isoDate, meta, metas, part, text, texts } from "./dom";

export function arxiv(document: Document): Found[] {
  return [...abstractPage(document), ...listing(document), ...search(document)];
}

function abstractPage(document: Document): Found[] {
  const heading = document.querySelector("h1.title");
  const id = meta(document, "citation_arxiv_id").replace(/v\d+$/, "");
  if (!heading || !id) return [];
  const paper: Paper = {
    title: meta(document, "citation_title") || text(heading, ".descriptor"),
    abstract: text(document.querySelector("blockquote.abstract"), ".descriptor"),
    authors: metas(document, "citation_author").map(givenNameFirst),
    topics: categories(text(document.querySelector("td.subjects"))),
    published: isoDate(meta(document, "citation_date")),
    doi: meta(document, "citation_doi"),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function listing(document: Document): Found[] {
  return [...document.querySelectorAll("dl > dt")].flatMap((term) => {
    const body = term.nextElementSibling;
    const id = arxivId(term.querySelector("a[href*='/abs/']")?.getAttribute("href"));
    const heading = body?.querySelector(".list-title");
    if (!body || !heading || !id) return [];
    const paper: Paper = {
      title: text(heading, ".descriptor"),
      abstract: text(body.querySelector("p.mathjax")),
      authors: texts(body, ".list-authors a"),
      topics: categories(text(body.querySelector(".list-subjects"))),
      ...named(id),
    };
    return [{ paper, badgeAt: heading, rows: [term, body] }];
  });
}

function search(document: Document): Found[] {
  return [...document.querySelectorAll("li.arxiv-result")].flatMap((row) => {
    const id = arxivId(row.querySelector(".list-title a")?.getAttribute("href"));
    const heading = row.querySelector("p.title");
    if (!heading || !id) return [];
    const submitted = texts(row, "p.is-size-7").find((note) => note.startsWith("Submitted")) ?? "";
    const paper: Paper = {
      title: text(heading),
      abstract: text(row.querySelector(".abstract-full"), "a"),
      authors: texts(row, "p.authors a"),
      topics: texts(row, ".tags .tag.tooltip"),
      published: isoDate(part(/^Submitted ([^;]*)/, submitted)),
      ...named(id),
    };
    return [{ paper, badgeAt: heading, rows: [row] }];
  });
}

function named(id: string): Pick<Paper, "arxiv" | "url"> {
  return { arxiv: id, url: `https://arxiv.org/abs/${id}` };
}

/** The short names in "Computation and Language (cs.CL); Machine Learning (cs.LG)". */
function categories(subjects: string): string[] {
  return [...subjects.matchAll(/\(([a-z-]+(?:\.[A-Za-z-]+)?)\)/g)].map((match) => match[1] ?? "");
}

function givenNameFirst(name: string): string {
  return name.split(", ").reverse().join(" ");
}
