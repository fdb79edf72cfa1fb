/** OpenReview: a submission's forum, and lists of notes (venues, search, profiles). */

import type { Found, Paper } from "../papers";
import { isoDate, meta, metas, text, texts } from "./dom";

export function openReview(document: Document): Found[] {
  const id = forumOf(document.location.href);
  const heading = document.querySelector(".forum-title h2, .forum-note h2, h2.citation_title");
  if (!id || !heading) return notes(document);
  const paper: Paper = {
    title: meta(document, "citation_title") || text(heading),
    abstract: meta(document, "citation_abstract") || field(document, "Abstract"),
    authors: metas(document, "citation_author"),
    topics: field(document, "Keywords").split(/[,;]\s*/),
    published: isoDate(meta(document, "citation_publication_date") || meta(document, "citation_online_date")),
    ...named(id),
  };
  return [{ paper, badgeAt: heading, rows: [] }];
}

function notes(document: Document): Found[] {
  return [...document.querySelectorAll(".note")].flatMap((note) => {
    const link = note.querySelector("h4 a[href*='/forum?id=']");
    const id = forumOf(link?.getAttribute("href") ?? "");
    const heading = link?.closest("h4");
    if (!heading || !id) return [];
    const paper: Paper = {
      title: text(link),
      abstract: field(note, "Abstract"),
      authors: texts(note, ".note-authors a"),
      topics: field(note, "Keywords").split(/[,;]\s*/),
      ...named(id),
    };
    return [{ paper, badgeAt: heading, rows: [note.closest("li") ?? note] }];
  });
}

/** What stands behind a bold "Abstract:" and the like. */
function field(within: ParentNode, name: string): string {
  const label = [...within.querySelectorAll(".note-content-field")].find((own) => text(own).startsWith(name));
  return text(label?.parentElement?.querySelector(".note-content-value"));
}

function forumOf(address: string): string {
  const [path, query] = address.split("?");
  return path?.endsWith("/forum") ? (new URLSearchParams(query).get("id") ?? "") : "";
}

function named(id: string): Pick<Paper, "id" | "url"> {
  return { id: `openreview:${id}`, url: `https://openreview.net/forum?id=${encodeURIComponent(id)}` };
}
