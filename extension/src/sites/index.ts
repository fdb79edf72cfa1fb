/** The table of sites: each one's name, its addresses, and how its pages are read. */

import type { Found } from "../papers";
import { acl } from "./acl";
import { arxiv } from "./arxiv";
import { huggingFace } from "./huggingface";
import { openReview } from "./openreview";
import { pubMed } from "./pubmed";
import { semanticScholar } from "./semantic_scholar";

export interface Site {
  id: string;
  name: string;
  /** Match patterns: what permission is asked for, and where the content script runs. */
  matches: string[];
  hosts: string[];
  find: (document: Document) => Found[];
}

function site(id: string, name: string, hosts: string[], paths: string, find: Site["find"]): Site {
  return { id, name, hosts, matches: hosts.map((host) => `https://${host}${paths}`), find };
}

export const SITES: readonly Site[] = [
  site("arxiv", "arXiv", ["arxiv.org", "export.arxiv.org"], "/*", arxiv),
  site("huggingface", "Hugging Face papers", ["huggingface.co"], "/papers*", huggingFace),
  site("openreview", "OpenReview", ["openreview.net"], "/*", openReview),
  site("acl", "ACL Anthology", ["aclanthology.org"], "/*", acl),
  site("semantic-scholar", "Semantic Scholar", ["www.semanticscholar.org"], "/*", semanticScholar),
  site("pubmed", "PubMed", ["pubmed.ncbi.nlm.nih.gov"], "/*", pubMed),
];

export function siteOf(host: string): Site | undefined {
  return SITES.find((site) => site.hosts.includes(host));
}

/** What the browser is asked for: permissions are by host, whatever the path. */
export function originsOf(site: Site): string[] {
  return site.hosts.map((host) => `https://${host}/*`);
}
