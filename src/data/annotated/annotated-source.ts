import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import type { AnnotatedSource } from "../dataset-source.ts";
import type { Split } from "../split.ts";
import type { TargetInfo } from "../targets.ts";
import { packRecords } from "./packed-records.ts";
import type { ProblemList } from "./problem-list.ts";
import type { FileRef, MapDecoding, SampleRecord } from "./sample-record.ts";

/** What a format found. */
export interface AnnotatedSet {
  readonly root: string;
  readonly split: Split;
  readonly records: readonly SampleRecord[];
  readonly info: TargetInfo;
  readonly decoding?: MapDecoding;
  readonly problems: ProblemList;
  readonly followLinks: boolean;
}

/**
 * The source of a set. Records whose files are missing are left out, and named in the problems.
 *
 * @throws FoveaError `data/empty` where no record is left
 */
export function annotatedSource(set: AnnotatedSet): AnnotatedSource {
  const { root, split, info, decoding = {}, problems, followLinks } = set;
  const hash = createHash("sha256");
  const records = set.records.filter((record) => addFiles(set, record, hash));
  if (records.length === 0) {
    const [first] = problems.sentences();
    const why = first === undefined ? "" : `; ${first}`;
    throw new FoveaError("data/empty", `data.root ${root}: no ${split} images${why}`, { exitCode: 2 });
  }
  const packed = packRecords(records);
  return {
    kind: "annotated",
    name: `${root} (${split})`,
    root: resolve(root),
    records: packed,
    labels: Int32Array.from(records, ({ label = 0 }) => label),
    classNames: info.label?.classNames ?? [basename(resolve(root))],
    info,
    decoding,
    fingerprint: hash
      .update(packed.text)
      .update(JSON.stringify([info, decoding]))
      .digest("hex"),
    followLinks,
    problems: problems.sentences(),
  };
}

/** Whether every file of the record is there; its sizes go into the fingerprint. */
function addFiles(set: AnnotatedSet, record: SampleRecord, hash: ReturnType<typeof createHash>): boolean {
  const refs: [what: string, ref: FileRef | undefined][] = [
    ["image", record.image],
    ["label map", record.semantic],
    ["panoptic map", record.panoptic?.file],
    ["depth", record.depth],
    ["clean image", record.clean],
  ];
  return refs.every(([what, ref]) => {
    if (typeof ref !== "string") return true; // a part of an archive that was read
    const size = sizeOf(set, ref);
    hash.update(`${size} `);
    if (typeof size === "number") return true;
    set.problems.add(set.split, `${what} ${size}`, ref);
    return false;
  });
}

function sizeOf({ root, followLinks }: AnnotatedSet, name: string): number | string {
  try {
    const stat = statSync(resolveInside(root, name, { followLinks }), { throwIfNoEntry: false });
    return stat === undefined ? "missing" : stat.isFile() ? stat.size : "that is no file";
  } catch {
    return "outside the folder"; // or not to be looked at
  }
}
