import { existsSync } from "node:fs";
import { join } from "node:path";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedRecords } from "./annotated/divide.ts";
import { imagesIn, isFolder, withoutEnding } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { SampleRecord, SemanticDecoding } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import { noSplit } from "./annotated/divide.ts";
import type { Split } from "./split.ts";
import type { Category } from "./targets.ts";
import { textLines } from "./text-lines.ts";

const classCount = 150;
const ignore = 255;

/** In the maps: 0 other or unlabelled, 1 to 150 the classes, which become 0 to 149. */
const decoding: SemanticDecoding = {
  by: "value",
  ignore,
  classes: { 0: ignore, ...Object.fromEntries(Array.from({ length: classCount }, (_, label) => [label + 1, label])) },
};

/** ADE20K scene parsing: `images/{training,validation}/*.jpg`, `annotations/…/*.png`, or both without the two folders. */
export const ade20k: DataFormat = {
  expected: "images/{training,validation}/ADE_*.jpg, annotations/{training,validation}/ADE_*.png",
  locate: (root) =>
    [root, join(root, "ade20k"), join(root, "ADEChallengeData2016")].find(
      (folder) =>
        isFolder(join(folder, "annotations")) &&
        ["training", "validation", ""].some((part) =>
          imagesIn(join(folder, "images", part)).some((name) => name.startsWith("ADE_")),
        ),
    ),
  open(root, split, spec) {
    const divided = isFolder(join(root, "images", "training")) || isFolder(join(root, "images", "validation"));
    const records = divided ? recordsIn(root, partOf(split)) : dividedRecords(recordsIn(root, ""), split, spec);
    return annotatedSource({
      root,
      split,
      records,
      info: { semantic: { categories: categoriesOf(root), ignore } },
      decoding: { semantic: decoding },
      problems: new ProblemList(),
      followLinks: spec.followLinks,
    });
  },
};

function partOf(split: Split): string {
  if (split === "test") throw noSplit(split);
  return split === "train" ? "training/" : "validation/";
}

const recordsIn = (root: string, part: string): SampleRecord[] =>
  imagesIn(join(root, "images", part)).map((name) => {
    const image = `images/${part}${name}`;
    return { image, id: image, semantic: `annotations/${part}${withoutEnding(name)}.png` };
  });

/** `Idx,Ratio,Train,Val,Stuff,Name` with commas (.csv) or tabs (.txt): the first name of each, thing or stuff. */
function categoriesOf(root: string): Category[] {
  const file = ["objectInfo150.csv", "objectInfo150.txt"].find((name) => existsSync(join(root, name)));
  const rows = file === undefined ? [] : textLines(join(root, file)).slice(1);
  const known = new Map(
    rows.map((row) => {
      const [id, , , , stuff, ...names] = row.split(file?.endsWith(".csv") ? "," : /\t+/);
      return [
        Number(id),
        {
          name: names
            .join(",")
            .replace(/[",;].*$/, "")
            .trim(),
          thing: stuff.trim() !== "1",
        },
      ] as const;
    }),
  );
  return Array.from({ length: classCount }, (_, label) => ({
    id: label + 1,
    ...(known.get(label + 1) ?? { name: `class ${label + 1}`, thing: true }),
  }));
}
