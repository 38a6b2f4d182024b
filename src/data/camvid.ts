import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedRecords, noSplit } from "./annotated/divide.ts";
import { imagesIn, isFolder, withoutEnding } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { SampleRecord, SemanticDecoding } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import type { DatasetSpec } from "./dataset-spec.ts";
import type { Split } from "./split.ts";
import type { Category, TargetInfo } from "./targets.ts";
import { textLines } from "./text-lines.ts";

const ignore = 255;

/** SegNet's classes, in the order of their numbers; 11 is unlabelled. */
const segnetClasses = ["Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian", "Bicyclist"]; // prettier-ignore
const things = new Set(["Pole", "SignSymbol", "Car", "Pedestrian", "Bicyclist"]);

/**
 * CamVid: `{train,val,test}` with class numbers in `{train,val,test}annot` of the same names (SegNet's tutorial), or with
 * colours in `{train,val,test}_labels/NAME_L.png` and `class_dict.csv`, or `701_StillsRaw_full` with
 * `LabeledApproved_full/NAME_L.png` and `label_colors.txt`, which is not divided.
 */
export const camvid: DataFormat = {
  expected: "train and trainannot; train, train_labels and class_dict.csv; or 701_StillsRaw_full and label_colors.txt",
  locate: (root) =>
    [root, join(root, "CamVid"), join(root, "camvid")].find(
      (folder) =>
        isFolder(join(folder, "trainannot")) ||
        (isFolder(join(folder, "train_labels")) && existsSync(join(folder, "class_dict.csv"))) ||
        (isFolder(join(folder, "701_StillsRaw_full")) && existsSync(join(folder, "label_colors.txt"))),
    ),
  open(root, split, spec) {
    if (split === "test" && !existsSync(join(root, "test")) && !existsSync(join(root, "test.txt")))
      throw noSplit(split);
    const { records, categories, decoding } = isFolder(join(root, "trainannot"))
      ? numbered(root, split)
      : coloured(root, split, spec);
    const info: TargetInfo = { semantic: { categories, ignore } };
    const problems = new ProblemList();
    return annotatedSource({
      root,
      split,
      records,
      info,
      decoding: { semantic: decoding },
      problems,
      followLinks: spec.followLinks,
    });
  },
};

interface Found {
  readonly records: SampleRecord[];
  readonly categories: readonly Category[];
  readonly decoding: SemanticDecoding;
}

/** The lists' paths keep a prefix of their authors' machine (`/SegNet/CamVid/train/…`): the last two parts count. */
function numbered(root: string, split: Split): Found {
  const list = join(root, `${split}.txt`);
  const records = existsSync(list)
    ? textLines(list).map((line) => {
        const [image, semantic = ""] = line.split(/\s+/).map((path) => path.split("/").slice(-2).join("/"));
        return { image, id: image, semantic };
      })
    : imagesIn(join(root, split)).map((name) => ({
        image: `${split}/${name}`,
        id: `${split}/${name}`,
        semantic: `${split}annot/${withoutEnding(name)}.png`,
      }));
  const classes = Object.fromEntries(segnetClasses.map((_, label) => [label, label]));
  return {
    records,
    categories: segnetClasses.map((name, id) => ({ name, id, thing: things.has(name) })),
    decoding: { by: "value", ignore, classes: { ...classes, [segnetClasses.length]: ignore, [ignore]: ignore } },
  };
}

function coloured(root: string, split: Split, spec: DatasetSpec): Found {
  const whole = isFolder(join(root, "701_StillsRaw_full"));
  const [images, labels] = whole ? ["701_StillsRaw_full", "LabeledApproved_full"] : [split, `${split}_labels`];
  const records = imagesIn(join(root, images)).map((name) => ({
    image: `${images}/${name}`,
    id: `${images}/${name}`,
    semantic: `${labels}/${withoutEnding(name)}_L.png`,
  }));
  const rows = whole ? colourList(join(root, "label_colors.txt")) : colourTable(join(root, "class_dict.csv"));
  const named = rows.filter(({ name }) => !/^(void|unlabell?ed)$/i.test(name));
  const classes = Object.fromEntries(rows.map(({ name, colour }) => [colour.join(" "), labelOf(name, named)]));
  return {
    records: whole ? dividedRecords(records, split, spec) : records,
    categories: named.map(({ name, colour }, id) => ({ name, id, thing: things.has(name), colour })),
    decoding: { by: "colour", ignore, classes },
  };
}

interface ColourRow {
  readonly name: string;
  readonly colour: readonly [number, number, number];
}

function labelOf(name: string, named: readonly ColourRow[]): number {
  const label = named.findIndex((row) => row.name === name);
  return label < 0 ? ignore : label;
}

/** `64 128 64	Animal` */
const colourList = (path: string): ColourRow[] =>
  textLines(path).map((line) => {
    const [red, green, blue, ...name] = line.split(/\s+/);
    return checkedRow(path, line, name.join(" "), [Number(red), Number(green), Number(blue)]);
  });

/** `name,r,g,b` below a line of headings. */
const colourTable = (path: string): ColourRow[] =>
  textLines(path)
    .slice(1)
    .map((line) => {
      const [name, red, green, blue] = line.split(",");
      return checkedRow(path, line, name, [Number(red), Number(green), Number(blue)]);
    });

function checkedRow(path: string, line: string, name: string, colour: [number, number, number]): ColourRow {
  if (name !== "" && colour.every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
    return { name, colour };
  throw new FoveaError("data/camvid", `${path}: ${JSON.stringify(line.slice(0, 80))} is no colour with a class`);
}
