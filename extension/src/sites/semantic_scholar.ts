/** Semantic Scholar: a paper's page and search results. */

import type { Found, Paper } from "../papers";
import { isoDate, meta, metas, part, text, texts } from "./dom";

const PAPER = /\/paper\/(?:[^/]+\/)?([0-9a-f]{40})/;

export function semanticScholar(document: Document): Found[] {
  const id = part(PAPER, document.location.pathname);
  const heading = document.querySelector("h1[data-test-id='paper-detail-title']");
  if (!id || !heading) return results(document);
  const paper: Paper = {
    title: text(heading),
    abstract: meta(document, "citation_abstract") || text(document.querySelector("[data-test-id='abstract-text']"), "button"),
    authors: metas(document, "citation_author"),
    published: isoDate(meta(document, "citation_publication_date")),
    doi: part(/doi\.org\/(.+)$/, document.querySelector("a.doi__link")?.getAttribute("href")),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function results(document: Document): Found[] {
  return [...document.querySelectorAll(".cl-paper-row")].flatMap((row) => {
    const link = row.querySelector("a[data-test-id='title-link']");
    const heading = row.querySelector(".cl-paper-title");
    const id = part(PAPER, link?.getAttribute("href")) || (row.getAttribute("data-paper-id") ?? "");
    if (!heading || !link || !id) return [];
    const paper: Paper = {
      title: text(heading),
      abstract: text(row.querySelector(".cl-paper-abstract"), "button"),
      authors: texts(row, ".cl-paper-authors__author-link"),
      published: isoDate(text(row.querySelector(".cl-paper-pubdates"))),
      ...named(id),
    };
    return [{ paper, badgeAt: link.parentElement ?? row, rows: [row] }];
  });
}

function named(id: string): Pick<Paper, "id" | "url"> {
  return { id: `s2:${id}`, url: `https://www.semanticscholar.org/paper/${id}` };
}
