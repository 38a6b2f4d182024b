import { join } from "node:path";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedRecords, noSplit } from "./annotated/divide.ts";
import { foldersIn, imagesIn, withoutEnding } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { SampleRecord } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import type { Split } from "./split.ts";
import type { Degradation } from "./targets.ts";

/** Folders side by side whose files have the same names. */
const folderPairs: readonly (readonly [degraded: string, clean: string, what: Degradation])[] = [
  ["input", "groundtruth", "noise"],
  ["noisy", "clean", "noise"],
  ["low", "high", "low-light"],
  ["input", "target", "rain"],
  ["rain", "norain", "rain"],
];

/** Files side by side: what the degraded one's name ends in and its clean partner's. */
const namePairs: readonly (readonly [degraded: RegExp, clean: string, what: Degradation])[] = [
  [/_real(?=\.[^.]*$)/, "_mean", "noise"], // PolyU
  [/_NOISY_SRGB_(?=\d+\.[^.]*$)/, "_GT_SRGB_", "noise"], // SIDD-Medium
];

interface Pair {
  readonly degraded: string;
  readonly clean: string;
  readonly what: Degradation;
}

/**
 * Degraded images with their clean ones: PolyU (`NAME_real` and `NAME_mean`), SIDD (`Data/SCENE/…_NOISY_SRGB_…`, or cut as
 * `{train,val}/{input,groundtruth}`), LOL (`our485` and `eval15` of `{low,high}`), rain (`{train,test/SET}/{input,target}`).
 */
export const restoration: DataFormat = {
  expected:
    "folders input and target, input and groundtruth, low and high, noisy and clean; or NAME_real beside NAME_mean",
  locate: (root) => (placesBelow(root, lookedInto).some((place) => holdsPairs(root, place)) ? root : undefined),
  open(root, split, spec) {
    const problems = new ProblemList();
    const pairs = placesBelow(root, Infinity).flatMap((place) => pairsAt(root, place, problems));
    const records = pairs.map(({ degraded, clean }) => ({ image: degraded, id: degraded, clean }));
    const kinds = new Set(pairs.map(({ what }) => what));
    return annotatedSource({
      root,
      split,
      records: partOf(records, split, spec),
      info: { pair: { degradation: kinds.size === 1 ? [...kinds][0] : "unknown" } },
      problems,
      followLinks: spec.followLinks,
    });
  },
};

/** Folders of one folder that recognition looks into: a thousand classes must not be listed for it. */
const lookedInto = 8;

/** The root and folders up to three deep, as `path/` or nothing. */
function placesBelow(root: string, most: number, place = "", depth = 3): string[] {
  const deeper = depth === 0 ? [] : foldersIn(join(root, place)).slice(0, most);
  return [place, ...deeper.flatMap((name) => placesBelow(root, most, `${place}${name}/`, depth - 1))];
}

function holdsPairs(root: string, place: string): boolean {
  const folders = foldersIn(join(root, place));
  if (folderPairs.some(([degraded, clean]) => folders.includes(degraded) && folders.includes(clean))) return true;
  const names = new Set(imagesIn(join(root, place)));
  return [...names].some((name) => cleanNameOf(name).some(({ clean }) => names.has(clean)));
}

const cleanNameOf = (name: string) =>
  namePairs.flatMap(([degraded, clean, what]) =>
    degraded.test(name) ? [{ clean: name.replace(degraded, clean), what }] : [],
  );

function pairsAt(root: string, place: string, problems: ProblemList): Pair[] {
  const folders = foldersIn(join(root, place));
  const found = folderPairs.find(([degraded, clean]) => folders.includes(degraded) && folders.includes(clean));
  if (found !== undefined) return folderPairsAt(root, place, found, problems);
  const names = imagesIn(join(root, place));
  const known = new Set(names);
  return names.flatMap((name) =>
    cleanNameOf(name).flatMap(({ clean, what }) => {
      if (known.has(clean)) return [{ degraded: place + name, clean: place + clean, what }];
      problems.add(place === "" ? "." : place, "degraded image without its clean one", name);
      return [];
    }),
  );
}

/** By name without the ending: a JPEG may have a PNG as its clean image. */
function folderPairsAt(
  root: string,
  place: string,
  [degraded, clean, what]: (typeof folderPairs)[number],
  problems: ProblemList,
): Pair[] {
  const partners = new Map(imagesIn(join(root, place, clean)).map((name) => [withoutEnding(name), name]));
  return imagesIn(join(root, place, degraded)).flatMap((name) => {
    const partner = partners.get(withoutEnding(name));
    if (partner !== undefined) {
      return [{ degraded: `${place}${degraded}/${name}`, clean: `${place}${clean}/${partner}`, what }];
    }
    problems.add(`${place}${degraded}`, "degraded image without its clean one", name);
    return [];
  });
}

const trainPart = /^(train|our485)\//;
const heldOutPart = /^(val|validation|test|eval|eval15)\//;

/** By the first folder of the path, where one is a split's; crops of one scene stay together where none is. */
function partOf(records: readonly SampleRecord[], split: Split, options: { seed: number; valFraction: number }) {
  const divided = records.some(({ id }) => trainPart.test(id) || heldOutPart.test(id));
  if (!divided) return dividedRecords(records, split, options, ({ id }) => sceneOf(id));
  const bothHeldOut = ["val/", "test/"].every((folder) => records.some(({ id }) => id.startsWith(folder)));
  if (split === "test" && !bothHeldOut) throw noSplit(split);
  const part = split === "train" ? trainPart : bothHeldOut ? new RegExp(`^${split}/`) : heldOutPart;
  return records.filter(({ id }) => part.test(id));
}

/** `CAMERA_SETTINGS_SCENE_14_real.JPG` and `0001_001_S6_…/0001_NOISY_SRGB_010.PNG` without what counts the crops. */
const sceneOf = (id: string): string => id.replace(/(_\d+)?_real\.[^.]*$/, "").replace(/_NOISY_SRGB_.*$/, "");
