import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { FolderLayout, LayoutInspection } from "../folder-layouts.ts";
import { readImageFile } from "../image-file.ts";
import { listFolder } from "../image-tree.ts";
import { splits } from "../split.ts";
import { hasActionLists, openActionLists } from "./action-lists.ts";
import { type ClipFolder, naturalOrder } from "./clip.ts";
import { ffmpegInstalled } from "./ffmpeg.ts";
import { findClips } from "./find-clips.ts";
import { flatLabels, frameTruths, readVolume, rootFiles, volumeLabels } from "./frame-truth.ts";
import { probeVideo } from "./probe-video.ts";

/** Counts by name, and sentences. */
class Tally {
  readonly counts: Record<string, number> = {};
  readonly problems: string[] = [];

  add(what: string, count = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + count;
  }

  /** Runs `work`; what it refuses becomes a problem. */
  async try(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      this.problems.push(error.message);
    }
  }
}

/** Folders of frames and video files with anomalies: UCSD, Avenue, ShanghaiTech. */
export const clipLayout: FolderLayout = {
  format: "clips",
  matches: (root) => findClips(root) !== undefined,
  async inspect(root): Promise<LayoutInspection> {
    const folder = findClips(root) ?? { root, layout: "frames", clips: [] };
    const tally = new Tally();
    for (const clip of folder.clips) {
      tally.add(`${clip.split} clips`);
      tally.add(`${clip.split} frames`, clip.frames.length);
      for (const frame of clip.frames) await tally.try(async () => readImageFile(join(root, frame), frame));
      const { video } = clip;
      if (video !== undefined) await tally.try(() => inspectVideo(root, video, tally));
      if (clip.split === "test") await tally.try(() => inspectTruth(folder, clip, tally));
    }
    for (const name of rootFiles(root, ".npy"))
      await tally.try(() => tally.add(`labels of ${name}`, flatLabels(join(root, name)).length));
    return { root, format: `clips (${folder.layout})`, counts: tally.counts, problems: tally.problems };
  },
};

async function inspectTruth(folder: ClipFolder, clip: ClipFolder["clips"][number], tally: Tally): Promise<void> {
  const truths = await frameTruths(folder, clip);
  tally.add("masks", clip.masks?.length ?? 0);
  const [first] = truths;
  if (first === undefined) return;
  tally.add(
    "abnormal frames",
    first.labels.reduce((sum, label) => sum + label, 0),
  );
  for (const { from, labels } of truths) {
    if (clip.frames.length > 0 && labels.length !== clip.frames.length)
      tally.problems.push(`clip ${clip.name}: ${labels.length} labels in ${from} for ${clip.frames.length} frames`);
    else if (labels.some((label, i) => label !== first.labels[i]))
      tally.problems.push(`clip ${clip.name}: ${from} and ${first.from} disagree`);
  }
}

const maskFolders = ["testing_label_mask", "ground_truth_demo/testing_label_mask"];

/** Avenue's pixel ground truth without its videos. */
export const avenueTruthLayout: FolderLayout = {
  format: "avenue-ground-truth",
  matches: (root) => maskFolders.some((folder) => existsSync(join(root, folder))),
  async inspect(root): Promise<LayoutInspection> {
    const folder = maskFolders.find((name) => existsSync(join(root, name))) ?? maskFolders[0];
    const tally = new Tally();
    const volumes: Record<string, { frames: number; height: number; width: number; abnormal: number }> = {};
    const names = listFolder(join(root, folder)).map(({ name }) => name).filter((name) => /^\d+_label\.mat$/.test(name)); // prettier-ignore
    for (const name of names.sort(naturalOrder)) {
      await tally.try(() => {
        const masks = readVolume(join(root, folder, name));
        const abnormal = volumeLabels(masks).reduce((sum, label) => sum + label, 0);
        volumes[name] = { frames: masks.length, height: masks[0].shape[0], width: masks[0].shape[1], abnormal };
        tally.add("volumes");
        tally.add("masks", masks.length);
        tally.add("abnormal frames", abnormal);
      });
    }
    for (const name of rootFiles(root, ".npy"))
      await tally.try(() => tally.add(`labels of ${name}`, flatLabels(join(root, name)).length));
    return { root, format: "avenue-ground-truth", counts: tally.counts, problems: tally.problems, volumes };
  },
};

/** Lists of labelled videos and folders of frames. */
export const actionLayout: FolderLayout = {
  format: "actions",
  matches: (root) => hasActionLists(root, "videos") || hasActionLists(root, "rawframes"),
  async inspect(root): Promise<LayoutInspection> {
    const tally = new Tally();
    let names: readonly string[] = [];
    for (const kind of ["videos", "rawframes"] as const) {
      if (!hasActionLists(root, kind)) continue;
      for (const split of splits.filter((name) => existsSync(join(root, `${name}_${kind}.txt`)))) {
        await tally.try(async () => {
          const { clips, classNames, problems } = openActionLists(root, split, kind);
          names = classNames;
          tally.problems.push(...problems);
          for (const { path, label, frames } of clips) {
            tally.add(`${split} ${kind}`);
            tally.add(`${split} ${kind} of class ${classNames[label]}`);
            if (kind === "videos") await tally.try(() => inspectVideo(root, path, tally));
            for (const frame of frames) await tally.try(async () => readImageFile(join(root, frame), frame));
            if (kind === "rawframes") tally.add(`${split} frames`, frames.length);
          }
        });
      }
    }
    return {
      root,
      format: "actions",
      counts: tally.counts,
      problems: tally.problems,
      classNames: names,
      videosRead: ffmpegInstalled(),
    };
  },
};

/** Looks into a video where ffmpeg is there; without it the videos are counted only. */
async function inspectVideo(root: string, path: string, tally: Tally): Promise<void> {
  if (!ffmpegInstalled()) return tally.add("videos not looked into: ffmpeg is not installed");
  const { width, height, codec } = await probeVideo(join(root, path));
  tally.add(`videos ${codec} ${width}x${height}`);
}
