/** The extension's own few icons, 16 by 16, drawn in the colour of the text. */

import { svg } from "./elements";

const PATHS = {
  save: ["M4 2.5h8v11l-4-3-4 3z"],
  like: ["M8 13.2 2.9 8.1a3.1 3.1 0 0 1 4.4-4.4l.7.7.7-.7a3.1 3.1 0 0 1 4.4 4.4z"],
  hide: [
    "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z",
    "M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
    "M2.8 13.2 13.2 2.8",
  ],
  less: ["M5 2.6h6a1.4 1.4 0 0 1 1.4 1.1l.9 4a1.3 1.3 0 0 1-1.3 1.6H9.2l.5 2.9a1.2 1.2 0 0 1-2.2.8L5 9.2z", "M5 2.6H2.7v6.6H5"],
  close: ["M4.5 4.5l7 7", "M11.5 4.5l-7 7"],
};

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  const paths = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { viewBox: "0 0 16 16", class: `icon ${name}`, "aria-hidden": "true" }, ...paths);
}

/** A ring filled to a share from 0 to 100; dashed where the figure is a first guess. */
export function ring(percent: number | null, guess = false): SVGElement {
  const track = svg("circle", { class: guess ? "track guess" : "track", cx: "8", cy: "8", r: "6" });
  const drawn = svg("svg", { viewBox: "0 0 16 16", class: "ring", "aria-hidden": "true" }, track);
  if (percent !== null) {
    const filled = { class: "fill", cx: "8", cy: "8", r: "6", pathLength: "100" };
    drawn.append(svg("circle", { ...filled, "stroke-dasharray": `${percent} 100` }));
  }
  return drawn;
}
