import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { isImage, listFolder } from "../image-tree.ts";
import type { Split } from "../split.ts";
import { naturalOrder } from "./clip.ts";

/** A labelled clip of a list. */
export interface ActionClip {
  /** Path of the video or of the folder of frames, below the root. */
  readonly path: string;
  readonly label: number;
  /** Frame images in order; empty for a video. */
  readonly frames: readonly string[];
}

/** One split of a set of labelled clips. */
export interface ActionSet {
  readonly kind: "videos" | "rawframes";
  readonly classNames: readonly string[];
  readonly clips: readonly ActionClip[];
  /** Sentences: entries whose files are missing or fewer than the list says. They are left out. */
  readonly problems: readonly string[];
}

const mostListBytes = 2 ** 28;

/** Whether `root` holds such lists. */
export const hasActionLists = (root: string, kind: ActionSet["kind"]): boolean =>
  existsSync(join(root, `train_${kind}.txt`));

/**
 * Opens a split of a set of actions by its list, as Kinetics and MMAction have them: `{train,val}_videos.txt` with
 * `path label` below `videos/`, or `{train,val}_rawframes.txt` with `path frames label` below `rawframes/`, frames
 * `img_00001.jpg` up. Names by label stand in `classes.txt`.
 *
 * @throws FoveaError `data/action-list` naming list and line
 */
export function openActionLists(root: string, split: Split, kind: ActionSet["kind"]): ActionSet {
  const list = `${split}_${kind}.txt`;
  const problems: string[] = [];
  const clips = textLines(join(root, list)).flatMap((line, i): ActionClip[] => {
    const { path, label, count } = parseLine(line, kind, `${join(root, list)}: line ${i + 1}`);
    const below = resolveInside(root, `${kind}/${path}`)
      .slice(root.length)
      .replace(/^[/\\]/, "");
    const found = existsSync(join(root, below)) ? framesOf(root, below, kind) : undefined;
    if (found === undefined) problems.push(`${list}: ${below} is missing`);
    else if (found.length < count)
      problems.push(`${list}: ${below} has ${found.length} frames, the list says ${count}`);
    else return [{ path: below, label, frames: found.slice(0, count) }];
    return [];
  });
  if (clips.length === 0) throw listError(join(root, list), `none of its ${problems.length} clips is there`);
  return { kind, classNames: classNames(root, clips), clips, problems };
}

function parseLine(
  line: string,
  kind: ActionSet["kind"],
  place: string,
): { path: string; label: number; count: number } {
  const pattern = kind === "videos" ? /^(\S.*?)\s+(\d{1,9})$/ : /^(\S.*?)\s+(\d{1,9})\s+(\d{1,9})$/;
  const match = pattern.exec(line.trim());
  if (match === null)
    throw listError(
      place,
      `${JSON.stringify(line.slice(0, 80))}, expected ${kind === "videos" ? "path label" : "path frames label"}`,
    );
  return { path: match[1], label: Number(match.at(-1)), count: kind === "videos" ? 0 : Number(match[2]) };
}

function framesOf(root: string, below: string, kind: ActionSet["kind"]): string[] {
  if (kind === "videos") return [];
  return listFolder(join(root, below))
    .filter((entry) => entry.isFile() && isImage(entry.name))
    .map(({ name }) => `${below}/${name}`)
    .sort(naturalOrder);
}

function classNames(root: string, clips: readonly ActionClip[]): string[] {
  const highest = clips.reduce((most, { label }) => Math.max(most, label), 0);
  const path = join(root, "classes.txt");
  if (!existsSync(path)) {
    if (highest >= 100_000) throw listError(root, `label ${highest} without a classes.txt`);
    return Array.from({ length: highest + 1 }, (_, label) => `class ${label}`);
  }
  const names = textLines(path).map((line) => line.trim());
  if (highest < names.length) return names;
  throw listError(path, `${names.length} names, but a clip has label ${highest}`);
}

function textLines(path: string): string[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileBytes(path, mostListBytes));
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

const listError = (place: string, message: string): FoveaError =>
  new FoveaError("data/action-list", `${place}: ${message}`, { hint: "see data/clips/action-lists.ts for the layout" });
