/** What a paper is here: what `POST /v1/papers` takes, read off a page. */

export interface Paper {
  title: string;
  abstract?: string;
  authors?: string[];
  topics?: string[];
  published?: string;
  url?: string;
  arxiv?: string;
  doi?: string;
  id?: string;
}

/** A paper on a page, and where on it. */
export interface Found {
  paper: Paper;
  /** The badge goes to the end of this element. */
  badgeAt: Element;
  /** What a listing moves when it is re-sorted; empty where the page is about this one paper. */
  rows: Element[];
}

const LONGEST = { title: 1_000, abstract: 20_000, authors: 200, topics: 50, name: 200, url: 2_000 };
const DOI = /^10\.\d{4,9}\/\S+$/;
const ARXIV = /^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Za-z]{2})?\/\d{7})$/;
const ID = /^[^\s?#\p{Cc}]{1,200}$/u;
const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;

/** The paper with only what the service takes, or null where it has no title: pages can hold anything. */
export function tidy(given: Paper): Paper | null {
  const title = line(given.title).slice(0, LONGEST.title);
  if (!title) return null;
  const paper: Paper = { title };
  const abstract = line(given.abstract ?? "").slice(0, LONGEST.abstract);
  const authors = names(given.authors, LONGEST.authors);
  const topics = names(given.topics, LONGEST.topics);
  if (abstract) paper.abstract = abstract;
  if (authors.length) paper.authors = authors;
  if (topics.length) paper.topics = topics;
  if (given.published && DATE.test(given.published)) paper.published = given.published;
  if (given.url && /^https?:\/\//.test(given.url) && given.url.length <= LONGEST.url) paper.url = given.url;
  if (given.arxiv && ARXIV.test(given.arxiv)) paper.arxiv = given.arxiv;
  if (given.doi && DOI.test(given.doi) && given.doi.length <= 300) paper.doi = given.doi.toLowerCase();
  if (given.id && ID.test(given.id)) paper.id = given.id;
  return paper;
}

/** The strongest identity that can be told without the service; the title where there is no other. */
export function identity(paper: Paper): string {
  if (paper.id) return paper.id;
  if (paper.arxiv) return `arxiv:${paper.arxiv}`;
  if (paper.doi) return `doi:${paper.doi}`;
  return `title:${paper.title.toLowerCase()}`.slice(0, 300);
}

/** Where a paper of this id is read; null where the id doesn't tell. */
export function addressOf(id: string): string | null {
  const [, kind, name] = /^(arxiv|doi|pmid|acl|s2|openreview):(.+)$/.exec(id) ?? [];
  return kind && name ? (READ_AT[kind] ?? "") + encodeURI(name) : null;
}

const READ_AT: Record<string, string> = {
  arxiv: "https://arxiv.org/abs/",
  doi: "https://doi.org/",
  pmid: "https://pubmed.ncbi.nlm.nih.gov/",
  acl: "https://aclanthology.org/",
  s2: "https://www.semanticscholar.org/paper/",
  openreview: "https://openreview.net/forum?id=",
};

/** Text on one line. */
export function line(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function names(given: string[] | undefined, most: number): string[] {
  const tidied = (given ?? []).map((name) => line(name).slice(0, LONGEST.name)).filter(Boolean);
  return [...new Set(tidied)].slice(0, most);
}
