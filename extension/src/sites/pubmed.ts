/** PubMed: an article's page and search results. */

import type { Found, Paper } from "../papers";
import { isoDate, meta, part, text, texts } from "./dom";

export function pubMed(document: Document): Found[] {
  const id = meta(document, "citation_pmid") || part(/^\/(\d+)\/?$/, document.location.pathname);
  const heading = document.querySelector("h1.heading-title");
  if (!id || !heading) return results(document);
  const paper: Paper = {
    title: text(heading),
    abstract: texts(document, ".abstract-content p").join(" "),
    authors: [...new Set(texts(document, ".heading-title ~ .inline-authors .full-name, .authors-list .full-name"))],
    published: isoDate(meta(document, "citation_date") || text(document.querySelector(".cit"))),
    doi: meta(document, "citation_doi"),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function results(document: Document): Found[] {
  return [...document.querySelectorAll("article.full-docsum")].flatMap((row) => {
    const link = row.querySelector("a.docsum-title");
    const id = link?.getAttribute("data-article-id") ?? "";
    if (!link || !id) return [];
    const journal = text(row.querySelector(".full-journal-citation"));
    const paper: Paper = {
      title: text(link),
      authors: text(row.querySelector(".full-authors")).replace(/\.$/, "").split(/,\s*/),
      published: isoDate(part(/\.\s(\d{4}[^;:.]*)/, journal)),
      doi: part(/doi:\s*(10\.\S+?)\.?(?:\s|$)/, journal),
      ...named(id),
    };
    return [{ paper, badgeAt: link.parentElement ?? row, rows: [row] }];
  });
}

function named(id: string): Pick<Paper, "id" | "url"> {
  return { id: `pmid:${id}`, url: `https://pubmed.ncbi.nlm.nih.gov/${id}/` };
}
