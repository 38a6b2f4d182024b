import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedRecords, noSplit } from "./annotated/divide.ts";
import { imagesIn } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { SampleRecord } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import { isImage } from "./image-tree.ts";
import { splits, type Split } from "./split.ts";
import { textLines } from "./text-lines.ts";

/** Files with the classes in the order of their labels: `n01440764 tench`, or a name alone. */
const classFiles = ["synsets.txt", "LOC_synset_mapping.txt", "synset_words.txt", "classes.txt", "labels.txt"];

interface ClassList {
  /** The first word of each line: ImageNet's ids. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

/**
 * ImageNet's lists: `{train,val,test}.txt` with `path label` in each line, label a number or a class's name; or images
 * called `WNID_name.JPEG` with `synsets.txt`, which are not divided. Paths are below the root, or below a folder of the split's name.
 */
export const imageList: DataFormat = {
  expected: "train.txt of lines `path label`, or WNID_name.JPEG images with synsets.txt",
  locate(root) {
    const classes = classListOf(root);
    if (splits.some((split) => isLabelList(join(root, `${split}.txt`), classes))) return root;
    return classes !== undefined && imagesIn(root).some((name) => labelByName(name, classes) >= 0) ? root : undefined;
  },
  open(root, split, spec) {
    const problems = new ProblemList();
    const classes = classListOf(root);
    const listed = splits.some((one) => isLabelList(join(root, `${one}.txt`), classes));
    const records = listed
      ? listedRecords(root, split, classes, problems)
      : dividedRecords(namedRecords(root, classes ?? { ids: [], names: [] }, problems), split, spec);
    return annotatedSource({
      root,
      split,
      records,
      info: { label: { classNames: spec.classNames ?? classes?.names ?? namesUpTo(highestLabel(root, records)) } },
      problems,
      followLinks: spec.followLinks,
    });
  },
};

function classListOf(root: string): ClassList | undefined {
  const file = classFiles.find((name) => existsSync(join(root, name)));
  if (file === undefined) return undefined;
  const lines = textLines(join(root, file));
  const numbered = lines.every((line, i) => line.startsWith(`${i} `)); // `0 noFight`
  const rows = numbered ? lines.map((line) => line.replace(/^\d+ /, "")) : lines;
  const withIds = rows.every((row) => /^n\d{8}\s/.test(row));
  const names = withIds ? rows.map((row) => row.replace(/^n\d{8}\s+/, "").split(",")[0]) : rows;
  const unique = names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : rows[i]));
  return { ids: withIds ? rows.map((row) => row.slice(0, 9)) : rows, names: unique };
}

/** By its first line, which is enough to tell it from other lists. */
function isLabelList(path: string, classes: ClassList | undefined): boolean {
  if (!existsSync(path)) return false;
  const [first = ""] = textLines(path);
  const { image, label } = splitLine(first);
  return isImage(image) && labelOf(label, classes) !== undefined;
}

function splitLine(line: string): { image: string; label: string } {
  const at = line.search(/[\s,][^\s,]*$/);
  return at < 0 ? { image: line, label: "" } : { image: line.slice(0, at).trim(), label: line.slice(at + 1) };
}

function labelOf(text: string, classes: ClassList | undefined): number | undefined {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  const label = classes === undefined ? -1 : Math.max(classes.ids.indexOf(text), classes.names.indexOf(text));
  return label < 0 ? undefined : label;
}

function listedRecords(
  root: string,
  split: Split,
  classes: ClassList | undefined,
  problems: ProblemList,
): SampleRecord[] {
  const list = `${split}.txt`;
  if (!existsSync(join(root, list))) throw noSplit(split);
  const lines = textLines(join(root, list)).map(splitLine);
  const inFolder = lines.length > 0 && !existsSync(join(root, lines[0].image));
  return lines.flatMap(({ image, label: text }, i) => {
    const label = labelOf(text, classes);
    if (label === undefined || (classes !== undefined && label >= classes.names.length)) {
      problems.add(list, "label that is no class", `line ${i + 1}: ${text.slice(0, 40)}`);
      return [];
    }
    const path = inFolder ? `${split}/${image}` : image;
    return [{ image: path, id: path, label }];
  });
}

function namedRecords(root: string, classes: ClassList, problems: ProblemList): SampleRecord[] {
  return imagesIn(root).flatMap((image) => {
    const label = labelByName(image, classes);
    if (label >= 0) return [{ image, id: image, label }];
    problems.add(".", "image whose name begins with no id of the class list", image);
    return [];
  });
}

const labelByName = (image: string, { ids }: ClassList): number =>
  /^n\d{8}_/.test(image) ? ids.indexOf(image.slice(0, 9)) : -1;

/** Both splits must give the same classes, so those without names are counted over all lists. */
function highestLabel(root: string, records: readonly SampleRecord[]): number {
  const listed = splits
    .map((split) => join(root, `${split}.txt`))
    .filter((path) => existsSync(path))
    .flatMap((path) => textLines(path).map((line) => labelOf(splitLine(line).label, undefined) ?? 0));
  return [...listed, ...records.map(({ label = 0 }) => label)].reduce((most, label) => Math.max(most, label), 0);
}

function namesUpTo(highest: number): string[] {
  if (highest < 100_000) return Array.from({ length: highest + 1 }, (_, label) => `class ${label}`);
  throw new FoveaError("data/classes", `a list has the label ${highest}: at most 100,000 classes are read`, {
    exitCode: 2,
  });
}
