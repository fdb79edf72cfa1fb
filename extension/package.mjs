/** dist/chromium and dist/firefox as zip files for the stores, in dist/packages. */

import { readFileSync } from "node:fs";
import webExt from "web-ext";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

process.chdir(import.meta.dirname);
for (const browser of ["chromium", "firefox"]) {
  await webExt.cmd.build({
    sourceDir: `dist/${browser}`,
    artifactsDir: "dist/packages",
    filename: `recsys-${browser}-${version}.zip`,
    overwriteDest: true,
  });
}
