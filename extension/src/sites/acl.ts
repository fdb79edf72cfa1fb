/** The ACL Anthology: a paper's page, and lists of papers (volumes, events, people). */

import type { Found, Paper } from "../papers";
import { isoDate, meta, metas, part, text, texts } from "./dom";

const PAPER = /^(?:https:\/\/aclanthology\.org)?\/((?:\d{4}\.[\w-]+\.\d+)|(?:[A-Z]\d{2}-\d{4}))\/?$/;

export function acl(document: Document): Found[] {
  const id = part(PAPER, document.location.pathname);
  const heading = document.querySelector("h2#title");
  if (!id || !heading) return list(document);
  const paper: Paper = {
    title: meta(document, "citation_title") || text(heading),
    abstract: text(document.querySelector(".acl-abstract"), "h5"),
    authors: metas(document, "citation_author"),
    published: isoDate(meta(document, "citation_publication_date")),
    doi: meta(document, "citation_doi"),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function list(document: Document): Found[] {
  return [...document.querySelectorAll("p.d-sm-flex")].flatMap((row) => {
    const link = row.querySelector("strong a");
    const id = part(PAPER, link?.getAttribute("href"));
    const heading = link?.closest("strong");
    if (!heading || !id) return [];
    const below = row.nextElementSibling?.matches(".abstract-collapse") ? row.nextElementSibling : null;
    const paper: Paper = {
      title: text(link),
      abstract: text(below),
      authors: texts(row, "a[href^='/people/']"),
      ...named(id),
    };
    return [{ paper, badgeAt: heading.parentElement ?? heading, rows: below ? [row, below] : [row] }];
  });
}

function named(id: string): Pick<Paper, "id" | "url"> {
  return { id: `acl:${id}`, url: `https://aclanthology.org/${id}/` };
}
