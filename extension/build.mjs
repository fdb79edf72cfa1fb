/** src/ and static/ to dist/chromium and dist/firefox, ready to be loaded. */

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { MANIFESTS } from "./manifest.mjs";

const ENTRIES = {
  background: "src/background/index.ts",
  content: "src/page/index.ts",
  popup: "src/ui/popup.ts",
  options: "src/ui/options.ts",
};

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
for (const [browser, manifest] of Object.entries(MANIFESTS)) {
  const folder = `dist/${browser}`;
  mkdirSync(folder, { recursive: true });
  cpSync("static", folder, { recursive: true });
  for (const shared of ["tokens.css", "cards.css"]) cpSync(`src/ui/${shared}`, `${folder}/${shared}`);
  writeFileSync(`${folder}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await build({
    entryPoints: ENTRIES,
    outdir: folder,
    bundle: true,
    format: "iife",
    target: ["chrome120", "firefox142"],
    loader: { ".css": "text" },
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
}
console.log("built dist/chromium and dist/firefox");
