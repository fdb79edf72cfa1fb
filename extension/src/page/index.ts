/** The content script: runs on the sites that were allowed, and never in a private window. */

import { ask } from "../messages";
import { identity, type Paper } from "../papers";
import { siteOf, type Site } from "../sites";
import { PapersHere } from "./papers_here";
import { watchReading } from "./reading";

const SETTLED_MS = 400;
const STALE_MS = 60_000;

declare global {
  var recsysRuns: boolean | undefined;
}

function run(site: Site): void {
  const here = new PapersHere(site.find);
  let reading: { paper: Paper; stop: () => void } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const watch = (): void => {
    const paper = here.theOne();
    if (paper && reading && identity(paper) === identity(reading.paper)) return;
    reading?.stop();
    const tell = (report: { visit: string; seconds: number; ended: boolean }): void =>
      void (paper && ask({ kind: "reading", paper, ...report }).catch(stop));
    reading = paper && { paper, stop: watchReading(tell) };
  };
  const look = (): void => void here.look().then(watch).catch(stop);
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED_MS);
  };
  const comeBack = (): void => {
    if (!document.hidden) void here.refresh(STALE_MS).then(watch).catch(stop);
  };
  const observer = new MutationObserver(settle);
  // The extension was updated or switched off: this copy of it can say nothing any more.
  function stop(): void {
    observer.disconnect();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", comeBack);
    here.removeAll();
    globalThis.recsysRuns = false;
    const ended = reading;
    reading = null;
    ended?.stop();
  }

  observer.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("visibilitychange", comeBack);
  look();
}

const site = siteOf(location.hostname);
if (site && !globalThis.recsysRuns && !chrome.extension.inIncognitoContext) {
  globalThis.recsysRuns = true;
  run(site);
}
