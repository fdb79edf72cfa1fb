/** Reading pages: what the sites' adapters have in common. */

import { line } from "../papers";

/** An element's text on one line, without the parts that `without` selects; "" where there is none. */
export function text(element: Element | null | undefined, without = ""): string {
  if (!element) return "";
  if (!without) return line(element.textContent ?? "");
  const copy = element.cloneNode(true) as Element;
  for (const part of copy.querySelectorAll(without)) part.remove();
  return line(copy.textContent ?? "");
}

export function texts(within: ParentNode, selector: string): string[] {
  return [...within.querySelectorAll(selector)].map((element) => text(element)).filter(Boolean);
}

/** The contents of all `<meta name=...>` of this name. */
export function metas(document: Document, name: string): string[] {
  const found = document.querySelectorAll<HTMLMetaElement>(`meta[name="${name}"]`);
  return [...found].map((meta) => line(meta.content)).filter(Boolean);
}

export function meta(document: Document, name: string): string {
  return metas(document, name)[0] ?? "";
}

/** The first group of a pattern in a string, or "". */
export function part(pattern: RegExp, within: string | null | undefined): string {
  return pattern.exec(within ?? "")?.[1] ?? "";
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** An ISO date from `2024/1/3`, `01/03/2024` (month first), `3 January, 2024`, `2024 Jan 3` or less of it. */
export function isoDate(given: string): string {
  const words = given.toLowerCase();
  const numbers = /\b(\d{4})[/-](\d{1,2})(?:[/-](\d{1,2}))?\b/.exec(words);
  if (numbers) return joined(numbers[1], numbers[2], numbers[3]);
  const american = /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/.exec(words);
  if (american) return joined(american[3], american[1], american[2]);
  const year = part(/\b((?:19|20)\d{2})\b/, words);
  const month = 1 + MONTHS.indexOf(part(/\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b/, words));
  const day = part(/\b(\d{1,2})\b/, words);
  return year ? joined(year, month ? String(month) : undefined, month ? day : undefined) : "";
}

function joined(year?: string, month?: string, day?: string): string {
  return [year, month?.padStart(2, "0"), month && day ? day.padStart(2, "0") : ""].filter(Boolean).join("-");
}

/** The arXiv id in an address or a label, without its version. */
export function arxivId(within: string | null | undefined): string {
  return part(/(?:abs\/|pdf\/|papers\/|arxiv:\s*)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?\/\d{7})/i, within);
}
