/** Hugging Face papers: the daily list and a paper's page. Both name papers by their arXiv ids. */

import type { Found } from "../papers";
import { arxivId, part, text, texts } from "./dom";

export function huggingFace(document: Document): Found[] {
  const id = arxivId(part(/^(\/papers\/[^/]+)\/?$/, document.location.pathname));
  const heading = document.querySelector("main h1");
  if (!id || !heading) return daily(document);
  const abstract = [...document.querySelectorAll("main h2")].find((title) => text(title) === "Abstract");
  const paper = {
    title: text(heading),
    abstract: texts(abstract?.parentElement ?? document.createElement("div"), "p").at(-1) ?? "",
    authors: texts(document, "main .author"),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function daily(document: Document): Found[] {
  return [...document.querySelectorAll("main article")].flatMap((row) => {
    const link = row.querySelector("h3 a[href^='/papers/']");
    const id = arxivId(link?.getAttribute("href"));
    const heading = link?.closest("h3");
    if (!heading || !id) return [];
    return [{ paper: { title: text(link), ...named(id) }, badgeAt: heading.parentElement ?? heading, rows: [row] }];
  });
}

function named(id: string): { arxiv: string; url: string } {
  return { arxiv: id, url: `https://arxiv.org/abs/${id}` };
}
