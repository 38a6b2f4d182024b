import { isNumbers, type CocoJson, type JsonObject } from "../../formats/coco/coco-json.ts";
import type { ProblemList } from "../annotated/problem-list.ts";
import type { Category, KeypointLayout } from "../targets.ts";

/** The categories in the order of their ids; index 0 is the lowest. Stuff is what says `isthing: 0`. */
export function categoriesOf({ categories }: CocoJson, path: string, problems: ProblemList): Category[] {
  const byId = new Map<number, Category>();
  for (const [i, category] of categories.entries()) {
    const { id, name, supercategory, isthing, color } = category;
    if (!Number.isSafeInteger(id) || typeof name !== "string" || name === "") {
      problems.add(path, "category without id and name", `categories[${i}]`);
    } else if (byId.has(id as number)) {
      problems.add(path, "category id that stands twice", `category ${String(id)}`);
    } else {
      const number = id as number; // a safe integer
      byId.set(number, {
        id: number,
        name,
        thing: isthing !== 0,
        ...(typeof supercategory === "string" ? { group: supercategory } : {}),
        ...(isColour(color) ? { colour: color } : {}),
      });
    }
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

const isColour = (value: unknown): value is [number, number, number] =>
  isNumbers(value) && value.length === 3 && value.every((part) => part >= 0 && part <= 255);

/** From an id to an index. */
export const indexById = (categories: readonly Category[]): ReadonlyMap<unknown, number> =>
  new Map(categories.map(({ id }, index) => [id, index]));

/** Points and bones of the first category that has points. `left_X` and `right_X` change places in the mirror. */
export function layoutOf({ categories }: CocoJson): KeypointLayout | undefined {
  const category = categories.find(({ keypoints }) => Array.isArray(keypoints) && keypoints.length > 0);
  if (category === undefined) return undefined;
  const names = (category.keypoints as readonly unknown[]).map(String); // `find` looked
  return {
    names,
    skeleton: bonesOf(category, names.length),
    mirrored: names.map((name, k) => partner(names, name, k)),
  };
}

/** From 1 in the file. */
function bonesOf({ skeleton }: JsonObject, count: number): [number, number][] {
  if (!Array.isArray(skeleton)) return [];
  return (skeleton as readonly unknown[]).flatMap((bone) => {
    if (!isNumbers(bone) || bone.length !== 2) return [];
    const [from, to] = bone;
    const inside = [from, to].every((point) => Number.isInteger(point) && point >= 1 && point <= count);
    return inside ? [[from - 1, to - 1]] : [];
  });
}

function partner(names: readonly string[], name: string, own: number): number {
  const other = name.replace(/left|right/i, (side) => (side.toLowerCase() === "left" ? "right" : "left"));
  const found = names.findIndex((candidate) => candidate.toLowerCase() === other.toLowerCase());
  return found < 0 ? own : found;
}
