import { stuffNames } from "./stuff.ts";
import type { SolidScene, Thing } from "./scene.ts";

/** What a scene shows: the main thing and its ground, then how it stands to another, then everything. */
export function solidCaptions({ things, ground }: SolidScene): string[] {
  const [main, ...others] = things;
  const place = `on ${stuffNames[ground.base]}`;
  const texts = [`a ${phrase(main)} ${place}`];
  if (others.length > 0) {
    const [other] = others;
    texts.push(`a ${phrase(main)} ${relation(main, other)} a ${phrase(other)} ${place}`);
    texts.push(`${things.map((thing) => `a ${phrase(thing)}`).join(", ")} ${place}`);
  }
  return texts;
}

const phrase = ({ category, colour }: Thing): string =>
  category === "person" ? `person in ${colour ?? "plain"}` : [colour, category].filter(Boolean).join(" ");

/** By what is plainer: depth, or side. */
function relation(a: Thing, b: Thing): string {
  const [side, depth] = [a.x / a.z - b.x / b.z, a.z - b.z];
  if (Math.abs(depth) > 2 && Math.abs(side) < 0.25) return depth < 0 ? "in front of" : "behind";
  return side < 0 ? "left of" : "right of";
}
