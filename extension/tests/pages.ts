/** The saved layouts, as documents at the addresses that they stand for. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Window } from "happy-dom";

const FOLDER = join(import.meta.dirname, "pages");

export function page(file: string, address: string): Document {
  const window = new Window({ url: address, settings: { disableJavaScriptFileLoading: true, disableCSSFileLoading: true } });
  window.document.write(readFileSync(join(FOLDER, `${file}.html`), "utf8"));
  return window.document as unknown as Document;
}
