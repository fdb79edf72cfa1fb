/** What the person has decided; kept in the extension's storage on this computer only. */

export interface Sends {
  /** The papers on a page, to have them scored. */
  scores: boolean;
  /** Papers passed by that the server doesn't know, with title and abstract. */
  papers: boolean;
  /** Time spent on a paper's page. */
  reading: boolean;
  /** Papers opened from today's list. */
  opens: boolean;
  /** Save, like and hide. */
  marks: boolean;
}

export interface Settings {
  server: string;
  key: string;
  user: string;
  paused: boolean;
  sort: boolean;
  sends: Sends;
}

export const DEFAULTS: Settings = {
  server: "http://127.0.0.1:8000",
  key: "",
  user: "me",
  paused: false,
  sort: false,
  sends: { scores: true, papers: true, reading: true, opens: true, marks: true },
};

const KEY = "settings";

export async function loadSettings(): Promise<Settings> {
  const held = (await chrome.storage.local.get(KEY))[KEY] as Partial<Settings> | undefined;
  return { ...DEFAULTS, ...held, sends: { ...DEFAULTS.sends, ...held?.sends } };
}

export async function changeSettings(change: Partial<Settings>): Promise<Settings> {
  const settings = { ...(await loadSettings()), ...change };
  await chrome.storage.local.set({ [KEY]: settings });
  return settings;
}

export function isConfigured(settings: Settings): boolean {
  return Boolean(settings.server && settings.key && settings.user);
}

/** The server's address as it is kept: an origin, perhaps with a path, without a slash at the end. */
export function serverAddress(typed: string): string {
  const trimmed = typed.trim();
  const url = new URL(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error("Use an address with http or https.");
  if (url.username || url.password) throw new Error("Leave out the name and password: the key is enough.");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** What permission is asked for, to reach the server: its host, on any port (that is how browsers see it). */
export function serverPattern(server: string): string {
  const url = new URL(server);
  return `${url.protocol}//${url.hostname}/*`;
}

/** Whether a key sent there could be read on its way. */
export function isExposed(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
