import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { isImage, listFolder } from "../image-tree.ts";
import { type Clip, type ClipFolder, naturalOrder } from "./clip.ts";

const videoEndings = [".avi", ".mp4", ".mkv", ".webm", ".mov", ".mpg", ".ts"];

/** Whether a name ends as a video's does. */
export const isVideo = (name: string): boolean => videoEndings.includes(extname(name).toLowerCase());

/** Where a layout keeps the clips of a split: folders of frames, or video files. */
interface Places {
  readonly layout: ClipFolder["layout"];
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** A folder that only this layout has. */
  readonly mark: string;
  /** Names of its clips, where `mark` alone is a common word. */
  readonly clipName?: RegExp;
}

/** The first whose mark and frames are there. */
const layouts: readonly Places[] = [
  { layout: "ucsd", mark: "Test", train: ["Train"], test: ["Test"], clipName: /^(?:Train|Test)\d+$/ },
  {
    layout: "shanghaitech",
    mark: "testing/test_frame_mask",
    train: ["training/frames", "training/videos", "training/converted_videos"],
    test: ["testing/frames"],
  },
  { layout: "avenue", mark: "testing_videos", train: ["training_videos"], test: ["testing_videos"] },
  { layout: "frames", mark: "testing/frames", train: ["training/frames"], test: ["testing/frames"] },
];

/**
 * The clips below `root`: UCSD's own layout (`Train/Train001/*.tif`, masks in `Test/Test001_gt/*.bmp`), the usual one
 * (`training/frames/01/000.jpg`, masks in `testing/pixel_masks/01`), Avenue's videos, ShanghaiTech's mixture. Undefined
 * where none of them is there.
 */
export function findClips(root: string): ClipFolder | undefined {
  for (const { layout, mark, train, test, clipName = /./ } of layouts) {
    if (!existsSync(join(root, mark))) continue;
    const clips = [...clipsOf(root, train, "train"), ...clipsOf(root, test, "test")].filter(({ name }) => clipName.test(name)); // prettier-ignore
    if (clips.length > 0) return { root, layout, clips };
  }
  return undefined;
}

function clipsOf(root: string, folders: readonly string[], split: Clip["split"]): Clip[] {
  const folder = folders.find((name) => existsSync(join(root, name)));
  if (folder === undefined) return [];
  const entries = listFolder(join(root, folder));
  const names = new Set(entries.map(({ name }) => name));
  const clips = entries.flatMap((entry): Clip[] => {
    if (entry.isFile())
      return isVideo(entry.name)
        ? [
            {
              name: entry.name.slice(0, -extname(entry.name).length),
              split,
              frames: [],
              video: `${folder}/${entry.name}`,
            },
          ]
        : [];
    if (!entry.isDirectory() || entry.name.endsWith("_gt")) return [];
    const frames = imagesIn(root, `${folder}/${entry.name}`);
    const masks = masksOf(root, folder, entry.name, names);
    return frames.length === 0 ? [] : [{ name: entry.name, split, frames, ...(masks.length === 0 ? {} : { masks }) }];
  });
  return clips.sort((a, b) => naturalOrder(a.name, b.name));
}

function masksOf(root: string, folder: string, clip: string, beside: ReadonlySet<string>): string[] {
  if (beside.has(`${clip}_gt`)) return imagesIn(root, `${folder}/${clip}_gt`);
  const masks = `${folder.split("/")[0]}/pixel_masks/${clip}`;
  return folder.includes("/") && existsSync(join(root, masks)) ? imagesIn(root, masks) : [];
}

function imagesIn(root: string, folder: string): string[] {
  return listFolder(join(root, folder))
    .filter((entry) => entry.isFile() && isImage(entry.name))
    .map(({ name }) => `${folder}/${name}`)
    .sort(naturalOrder);
}
