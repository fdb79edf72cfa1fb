/** Where the content script runs: on the sites whose permission is given, and nowhere else. */

import { originsOf, SITES, type Site } from "../sites";

const SCRIPT = "content.js";

/** Make the registered scripts those of the sites that are allowed now; pages already open get it at once. */
export async function syncSites(): Promise<void> {
  const registered = new Set((await chrome.scripting.getRegisteredContentScripts()).map((script) => script.id));
  for (const site of SITES) {
    const allowed = await isAllowed(site);
    if (allowed && !registered.has(site.id)) await start(site);
    if (!allowed && registered.has(site.id)) await chrome.scripting.unregisterContentScripts({ ids: [site.id] });
  }
}

export function isAllowed(site: Site): Promise<boolean> {
  return chrome.permissions.contains({ origins: originsOf(site) });
}

async function start(site: Site): Promise<void> {
  await chrome.scripting.registerContentScripts([
    { id: site.id, matches: site.matches, js: [SCRIPT], runAt: "document_idle", persistAcrossSessions: true },
  ]);
  for (const tab of await chrome.tabs.query({ url: site.matches })) {
    if (tab.id === undefined || tab.incognito) continue;
    const injected = chrome.scripting.executeScript({ target: { tabId: tab.id }, files: [SCRIPT] });
    await injected.catch((error: unknown) => console.warn("recsys: an open page was left as it is:", error));
  }
}
