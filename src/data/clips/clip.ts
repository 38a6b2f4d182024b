/** One video: its frames as image files, or a video file. Paths are below the set's root, separated by `/`. */
export interface Clip {
  /** The name of its folder or file: `01`, `Test003`, `01_0014`. */
  readonly name: string;
  readonly split: "train" | "test";
  /** In natural order; empty for a video file. */
  readonly frames: readonly string[];
  readonly video?: string;
  /** Pixel ground truth, one image a frame, in order. */
  readonly masks?: readonly string[];
}

/** Videos of one place or task, as UCSD Ped, CUHK Avenue and ShanghaiTech Campus come. */
export interface ClipFolder {
  readonly root: string;
  readonly layout: "ucsd" | "frames" | "avenue" | "shanghaitech";
  /** By split, then in natural order of their names. */
  readonly clips: readonly Clip[];
}

/** Orders names as people count: `frame2` before `frame10`. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/(\d+)/));
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const numbers = i % 2 === 1 ? Number(left[i]) - Number(right[i]) : 0;
    if (numbers !== 0) return numbers;
    if (i % 2 === 0 && left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}
