import { describe, expect, it } from "vitest";
import { actsAfter, answered, holding, LESS, pressed, REASONS, type Undo } from "../src/ui/acts";
import type { Acts, Said } from "../src/messages";

/** Say one thing after the other; the acts then in force. The nth thing said is event `en`. */
function after(...said: ((acts: Acts) => Said | Undo)[]): Acts {
  return said.reduce<Acts>((acts, say, index) => actsAfter(acts, say(acts), `e${index}`), {});
}

const press = (button: "save" | "like" | "hide") => (acts: Acts) => pressed(button, acts);
const [topic] = REASONS;
if (!topic) throw new Error("no reasons");

describe("a press", () => {
  it.each(["like", "save", "hide"] as const)("of %s holds, and another takes it back", (button) => {
    expect(after(press(button))).toEqual({ [button]: "e0" });
    expect(after(press(button), press(button))).toEqual({});
  });

  it("takes back by undo; but a save, which other clients may have made too, by unsave", () => {
    expect(pressed("like", { like: "e0" })).toEqual({ undoes: "e0" });
    expect(pressed("hide", { hide: "e0" })).toEqual({ undoes: "e0" });
    expect(pressed("save", { save: "e0" })).toEqual({ mark: "unsave" });
  });

  it("of Like ends a dislike", () => {
    expect(actsAfter({ dislike: "e0", save: "e1" }, { mark: "like" }, "e2")).toEqual({ save: "e1", like: "e2" });
    expect(actsAfter({ like: "e0" }, { mark: "dislike" }, "e1")).toEqual({ dislike: "e1" });
  });
});

describe("an answer", () => {
  it("takes the place of the plain hide, and one press takes all back", () => {
    expect(answered(topic, { hide: "e0" })).toEqual({ mark: "hide", reason: "topic", instead: "e0" });
    const why = (acts: Acts): Said => answered(topic, acts);
    expect(after(press("save"), press("hide"), why)).toEqual({ save: "e0", hide: "e2" });
    expect(after(press("save"), press("hide"), why, press("hide"))).toEqual({ save: "e0" });
  });

  it("may be a dislike, which holds the same button", () => {
    const less = (acts: Acts): Said => answered(LESS, acts);
    expect(after(press("hide"), less)).toEqual({ dislike: "e1" });
    expect(holding("hide", { dislike: "e1" })).toBe("e1");
    expect(after(press("hide"), less, press("hide"))).toEqual({});
  });

  it("stands by itself where the hide could not be kept", () => {
    expect(answered(topic, {})).toEqual({ mark: "hide", reason: "topic" });
    expect(answered(LESS, {})).toEqual({ mark: "dislike" });
  });

  it("is one of the service's reasons, each once", () => {
    const known = ["topic", "author", "already-know", "too-old", "low-quality", "not-now"];
    expect(REASONS.map((answer) => answer.reason)).toEqual(known);
  });
});
