import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource, type FileSource } from "../files/byte-source.node.ts";
import { decodeUtf8, parseJson } from "../files/json.ts";
import { resolveInside } from "../files/resolve-inside.node.ts";
import { openTar, type TarEntry } from "../formats/tar.ts";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { dividedRecords, noSplit } from "./annotated/divide.ts";
import { foldersIn } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { SampleRecord } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import { imageEndings } from "./image-file.ts";
import { listFolder } from "./image-tree.ts";
import type { Split } from "./split.ts";
import type { TargetInfo } from "./targets.ts";
import { textLines } from "./text-lines.ts";

/** Bytes of a .cls, .txt or .json member. */
const mostTextBytes = 2 ** 20;

/**
 * WebDataset shards: tar archives in which members that share a name up to its first dot are one sample: an image, and
 * `.cls` (label), `.txt` (caption), `.json` (`label`, `caption`). Shards are of a split by their folder or name
 * (`train-000000.tar`); where none says so, the samples are divided. `classes.txt` names the labels.
 */
export const webdataset: DataFormat = {
  expected: "NAME-000000.tar shards of KEY.jpg, KEY.cls, KEY.txt, KEY.json",
  locate: (root) => (shardsOf(root).length > 0 ? root : undefined),
  open(root, split, spec) {
    const shards = shardsOf(root);
    const divided = shards.some((shard) => splitOf(shard) !== undefined);
    const wanted = divided ? shards.filter((shard) => splitOf(shard) === split) : shards;
    if (wanted.length === 0) throw noSplit(split);
    const problems = new ProblemList();
    const records = wanted.flatMap((shard) => shardRecords(root, shard, spec.followLinks, problems));
    const names = spec.classNames ?? namesIn(root);
    const checked = checkedLabels(records, names, problems);
    return annotatedSource({
      root,
      split,
      records: divided ? checked : dividedRecords(checked, split, spec),
      info: infoOf(records, names),
      problems,
      followLinks: spec.followLinks,
    });
  },
};

/** Paths below the root: right there, or in folders of splits. */
function shardsOf(root: string): string[] {
  const places = ["", ...foldersIn(root).filter((name) => splitOf(`${name}/`) !== undefined).map((name) => `${name}/`)]; // prettier-ignore
  return places.flatMap((place) =>
    listFolder(join(root, place))
      .map(({ name }) => place + name)
      .filter((name) => name.endsWith(".tar")),
  );
}

function splitOf(path: string): Split | undefined {
  const match = /(?:^|[^a-z])(train|val|test)/i.exec(path);
  return match === null ? undefined : (match[1].toLowerCase() as Split); // the pattern's three
}

const namesIn = (root: string): string[] | undefined => {
  const path = ["classes.txt", "classnames.txt"].map((name) => join(root, name)).find((name) => existsSync(name));
  return path === undefined ? undefined : textLines(path);
};

function shardRecords(root: string, shard: string, followLinks: boolean, problems: ProblemList): SampleRecord[] {
  try {
    const file = openFileSource(resolveInside(root, shard, { followLinks }));
    try {
      return [...grouped(openTar(file).values())].flatMap(([key, members]) =>
        recordOf(file, shard, key, members, (fault) => problems.add(shard, fault, key)),
      );
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    problems.add(shard, "shard that cannot be read", error.message);
    return [];
  }
}

type Members = ReadonlyMap<string, TarEntry>;

/** By what stands before the first dot of the last part of the name. */
function grouped(entries: Iterable<TarEntry>): Map<string, Map<string, TarEntry>> {
  const groups = new Map<string, Map<string, TarEntry>>();
  for (const entry of entries) {
    const match = /^((?:.*\/)?[^/.][^/]*?)\.([^/]*)$/.exec(entry.name.replace(/^\.\//, ""));
    if (match === null) continue; // without a key or an ending, as `__index__`
    const members = groups.get(match[1]) ?? new Map<string, TarEntry>();
    members.set(`.${match[2].toLowerCase()}`, entry);
    groups.set(match[1], members);
  }
  return groups;
}

function recordOf(
  file: FileSource,
  shard: string,
  key: string,
  members: Members,
  report: (fault: string) => void,
): SampleRecord[] {
  const [ending] = [...members.keys()].filter((name) => imageEndings.includes(name));
  const image = members.get(ending);
  if (image === undefined) {
    report("sample without an image");
    return [];
  }
  const json = jsonOf(file, members, report);
  const label = labelOf(file, members, report) ?? numberIn(json, "label");
  const caption = textOf(file, members.get(".txt"), report) ?? textIn(json, "caption");
  return [
    {
      image: { archive: shard, start: image.start, size: image.size },
      id: `${shard}/${key}${ending}`,
      ...(label === undefined ? {} : { label }),
      ...(caption === undefined || caption === "" ? {} : { captions: [caption] }),
    },
  ];
}

function labelOf(file: FileSource, members: Members, report: (fault: string) => void): number | undefined {
  const text = textOf(file, members.get(".cls"), report);
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  report(".cls that is no number from 0");
  return undefined;
}

function jsonOf(file: FileSource, members: Members, report: (fault: string) => void): unknown {
  const text = textOf(file, members.get(".json"), report);
  if (text === undefined) return undefined;
  try {
    return parseJson(text, { name: ".json" });
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    report(".json that is no JSON");
    return undefined;
  }
}

function textOf(file: FileSource, entry: TarEntry | undefined, report: (fault: string) => void): string | undefined {
  if (entry === undefined) return undefined;
  try {
    if (entry.size <= mostTextBytes) return decodeUtf8(file.read(entry.start, entry.size), entry.name).trim();
    report(`member of more than ${mostTextBytes} bytes`);
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    report("member that is not UTF-8 text");
  }
  return undefined;
}

function fieldOf(json: unknown, field: string): unknown {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, field)) return undefined;
  return (json as Readonly<Record<string, unknown>>)[field]; // an object with that field
}

function numberIn(json: unknown, field: string): number | undefined {
  const value = fieldOf(json, field);
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e7 ? (value as number) : undefined;
}

function textIn(json: unknown, field: string): string | undefined {
  const value = fieldOf(json, field);
  return typeof value === "string" ? value.trim() : undefined;
}

/** In a set with labels every sample needs one, and of a class that is named. */
function checkedLabels(
  records: readonly SampleRecord[],
  names: readonly string[] | undefined,
  problems: ProblemList,
): SampleRecord[] {
  if (records.every(({ label }) => label === undefined)) return [...records];
  return records.filter(({ label, id }) => {
    if (label !== undefined && (names === undefined || label < names.length)) return true;
    problems.add("shards", label === undefined ? "sample without a label" : "label that is no class", id);
    return false;
  });
}

function infoOf(records: readonly SampleRecord[], names: readonly string[] | undefined): TargetInfo {
  const labelled = records.some(({ label }) => label !== undefined);
  const highest = records.reduce((most, { label = 0 }) => Math.max(most, label), 0);
  const classNames = names ?? Array.from({ length: Math.min(highest, 99_999) + 1 }, (_, label) => `class ${label}`);
  return {
    ...(labelled ? { label: { classNames } } : {}),
    ...(records.some(({ captions }) => captions !== undefined) ? { captions: {} } : {}),
  };
}
