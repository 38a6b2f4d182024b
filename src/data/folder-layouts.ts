import { actionLayout, avenueTruthLayout, clipLayout } from "./clips/clip-layouts.ts";
import { k2Folder, lamostFolder } from "./spectra/fits-folders.ts";

/** What a folder holds that is no set of labelled images. */
export interface LayoutInspection {
  readonly root: string;
  readonly format: string;
  /** What there is how often: `{ "train clips": 2, "train frames": 270 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Sentences that name the file. */
  readonly problems: readonly string[];
  /** What a layout says beyond that, as plain data. */
  readonly [detail: string]: unknown;
}

/** A layout that is told by what lies in the folder. Sets of labelled images are `locateFormat`'s. */
export interface FolderLayout {
  readonly format: string;
  /** Whether `root` is one: cheap, by names. */
  matches(root: string): boolean;
  inspect(root: string): Promise<LayoutInspection>;
}

/** Adding one is its file and a line here. The first that matches reads the folder. */
export const folderLayouts: readonly FolderLayout[] = [
  actionLayout,
  clipLayout,
  avenueTruthLayout,
  lamostFolder,
  k2Folder,
];
