/** The manifest of each browser: the same, but for how a background is named and what Firefox wants besides. */

import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const COMMON = {
  manifest_version: 3,
  name: "recsys: papers for you",
  short_name: "recsys",
  version,
  description: "What your own paper recommender thinks of the papers on the page, and buttons to teach it.",
  icons: { 16: "icons/16.png", 32: "icons/32.png", 48: "icons/48.png", 128: "icons/128.png" },
  action: { default_popup: "popup.html", default_title: "Today's papers", default_icon: { 16: "icons/16.png", 32: "icons/32.png" } },
  options_ui: { page: "options.html", open_in_tab: true },
  permissions: ["alarms", "scripting", "storage"],
  // Asked for one by one, when the person switches a site on or gives the server's address.
  optional_host_permissions: ["https://*/*", "http://*/*"],
  incognito: "not_allowed",
  content_security_policy: {
    extension_pages:
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

const CHROMIUM = { minimum_chrome_version: "120", background: { service_worker: "background.js" } };

const FIREFOX = {
  background: { scripts: ["background.js"] },
  browser_specific_settings: {
    gecko: {
      id: "recsys@recsys.invalid",
      strict_min_version: "142.0",
      data_collection_permissions: { required: ["websiteActivity", "websiteContent"] },
    },
  },
};

export const MANIFESTS = { chromium: { ...COMMON, ...CHROMIUM }, firefox: { ...COMMON, ...FIREFOX } };
