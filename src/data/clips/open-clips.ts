import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { noSplit } from "../annotated/divide.ts";
import { packRecords } from "../annotated/packed-records.ts";
import type { DataFormat } from "../data-format.ts";
import type { ClipsSource } from "../dataset-source.ts";
import type { Split } from "../split.ts";
import { type ActionSet, hasActionLists, openActionLists } from "./action-lists.ts";
import type { ClipRecord } from "./clip-dataset.ts";
import { findClips } from "./find-clips.ts";

/** Labelled videos by a list, as Kinetics has them. */
export const actionVideos: DataFormat = actionFormat("videos");

/** Labelled folders of frames by a list, as MMAction makes them. */
export const rawFrames: DataFormat = actionFormat("rawframes");

function actionFormat(kind: ActionSet["kind"]): DataFormat {
  return {
    expected: `train_${kind}.txt of lines \`path ${kind === "videos" ? "" : "frames "}label\`, below ${kind}/`,
    namedOnly: true,
    locate: (root) => (hasActionLists(root, kind) ? root : undefined),
    open(root, split, { followLinks }) {
      if (!existsSync(join(root, `${split}_${kind}.txt`))) throw noSplit(split);
      const { clips, classNames, problems } = openActionLists(root, split, kind);
      return clipsSource(root, split, { clips, classNames, problems, followLinks });
    },
  };
}

/** Recordings without classes: UCSD Ped, Avenue, ShanghaiTech; what they test on is held out. */
export const clipFolders: DataFormat = {
  expected: "training/frames/CLIP and testing/frames/CLIP, or the layouts of UCSD, Avenue and ShanghaiTech",
  namedOnly: true,
  locate: (root) => (findClips(root) === undefined ? undefined : root),
  open(root, split, { followLinks }) {
    const part = split === "train" ? "train" : "test";
    const found = split === "test" ? [] : (findClips(root)?.clips.filter((clip) => clip.split === part) ?? []);
    if (found.length === 0) throw noSplit(split);
    const clips = found.flatMap(({ frames, video }) => {
      const path = video ?? frames[0]?.replace(/\/[^/]*$/, "");
      return path === undefined ? [] : [{ path, frames, label: 0 }];
    });
    return clipsSource(root, split, { clips, classNames: ["clip"], problems: [], followLinks });
  },
};

interface FoundClips {
  readonly clips: readonly (ClipRecord & { readonly label: number })[];
  readonly classNames: readonly string[];
  readonly problems: readonly string[];
  readonly followLinks: boolean;
}

function clipsSource(root: string, split: Split, { clips, ...rest }: FoundClips): ClipsSource {
  if (clips.length === 0) throw new FoveaError("data/empty", `data.root ${root}: no ${split} clips`, { exitCode: 2 });
  const records = packRecords(clips.map(({ path, frames }): ClipRecord => ({ path, frames })));
  const labels = Int32Array.from(clips, ({ label }) => label);
  const hash = createHash("sha256").update(records.text).update(new Uint8Array(labels.buffer));
  // names of frames, sizes of videos: to ask for the size of each of a million frames takes minutes
  for (const { path, frames } of clips) {
    const stat = frames.length > 0 ? undefined : statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(`${stat?.size ?? 0} `);
  }
  const fingerprint = hash.digest("hex");
  return { kind: "clips", name: `${root} (${split})`, root: resolve(root), records, labels, fingerprint, ...rest };
}
