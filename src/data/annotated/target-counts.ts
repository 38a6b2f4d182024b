import type { RawImage, Sample } from "../image.ts";
import type {
  CaptionsTarget,
  Category,
  DepthTarget,
  InstancesTarget,
  KeypointsTarget,
  PanopticTarget,
  SemanticTarget,
  TargetInfo,
} from "../targets.ts";

/** How often what stands in the annotations of one split, counted from the samples as a training would get them. */
export interface TargetCounts {
  readonly instances?: {
    readonly count: number;
    readonly masks: number;
    readonly crowds: number;
    readonly difficult: number;
    /** In the order of the categories. */
    readonly categories: readonly NamedCount[];
  };
  readonly keypoints?: {
    readonly figures: number;
    /** Figures with at least one labelled point. */
    readonly labelled: number;
    readonly points: number;
  };
  readonly captions?: { readonly count: number };
  readonly semantic?: {
    /** Share of all pixels. */
    readonly ignored: number;
    readonly categories: readonly { readonly name: string; readonly share: number }[];
  };
  readonly panoptic?: {
    readonly segments: number;
    readonly crowds: number;
    /** Share of all pixels that are in no segment. */
    readonly none: number;
    readonly categories: readonly NamedCount[];
  };
  readonly depth?: {
    /** Share of all pixels. */
    readonly valid: number;
    readonly minMetres: number;
    readonly maxMetres: number;
  };
  readonly pair?: {
    /** Of the degraded image against the clean one, dB; identical ones left out. */
    readonly meanPsnr: number;
    readonly minPsnr: number;
    readonly maxPsnr: number;
  };
}

interface NamedCount {
  readonly name: string;
  readonly count: number;
}

/** Counts sample by sample. */
export class TargetCounter {
  readonly #info: TargetInfo;
  readonly #instances = { count: 0, masks: 0, crowds: 0, difficult: 0, by: new Map<number, number>() };
  readonly #keypoints = { figures: 0, labelled: 0, points: 0 };
  #captions = 0;
  readonly #semantic = { pixels: 0, ignored: 0, by: new Map<number, number>() };
  readonly #panoptic = { segments: 0, crowds: 0, pixels: 0, none: 0, by: new Map<number, number>() };
  readonly #depth = { pixels: 0, valid: 0, min: Infinity, max: 0 };
  readonly #psnr: number[] = [];

  constructor(info: TargetInfo) {
    this.#info = info;
  }

  add({ image, targets = {} }: Sample): void {
    const { instances, keypoints, captions, semantic, panoptic, depth, pair } = targets;
    if (instances) this.#addInstances(instances);
    if (keypoints) this.#addFigures(keypoints);
    if (captions) this.#addCaptions(captions);
    if (semantic) this.#addClasses(semantic);
    if (panoptic) this.#addSegments(panoptic);
    if (depth) this.#addDepth(depth);
    if (pair) this.#addPair(image, pair.clean);
  }

  #addInstances({ instances }: InstancesTarget): void {
    for (const { category, crowd, difficult, mask } of instances) {
      this.#instances.count++;
      if (crowd) this.#instances.crowds++;
      if (difficult) this.#instances.difficult++;
      if (mask) this.#instances.masks++;
      increase(this.#instances.by, category);
    }
  }

  #addFigures({ figures }: KeypointsTarget): void {
    for (const { points } of figures) {
      let labelled = 0;
      for (let k = 2; k < points.length; k += 3) if (points[k] > 0) labelled++;
      this.#keypoints.figures++;
      this.#keypoints.points += labelled;
      if (labelled > 0) this.#keypoints.labelled++;
    }
  }

  #addCaptions({ texts }: CaptionsTarget): void {
    this.#captions += texts.length;
  }

  #addClasses({ classes, ignore }: SemanticTarget): void {
    const counts = new Float64Array(ignore + 1);
    for (const label of classes) counts[label]++;
    this.#semantic.pixels += classes.length;
    this.#semantic.ignored += counts[ignore];
    counts.subarray(0, ignore).forEach((count, label) => increase(this.#semantic.by, label, count));
  }

  #addSegments({ ids, segments }: PanopticTarget): void {
    this.#panoptic.pixels += ids.length;
    for (const id of ids) if (id === 0) this.#panoptic.none++;
    for (const { category, crowd } of segments) {
      this.#panoptic.segments++;
      if (crowd) this.#panoptic.crowds++;
      increase(this.#panoptic.by, category);
    }
  }

  #addDepth({ metres, valid }: DepthTarget): void {
    this.#depth.pixels += metres.length;
    let [count, min, max] = [0, Infinity, 0];
    for (let p = 0; p < metres.length; p++) {
      if (valid[p] === 0) continue;
      count++;
      if (metres[p] < min) min = metres[p];
      if (metres[p] > max) max = metres[p];
    }
    this.#depth.valid += count;
    this.#depth.min = Math.min(this.#depth.min, min);
    this.#depth.max = Math.max(this.#depth.max, max);
  }

  #addPair(degraded: RawImage, clean: RawImage): void {
    let squares = 0;
    for (let i = 0; i < clean.data.length; i++) {
      const difference = clean.data[i] - degraded.data[i];
      squares += difference * difference;
    }
    if (squares > 0) this.#psnr.push(10 * Math.log10((255 * 255 * clean.data.length) / squares));
  }

  /** Of the kinds that the set has. */
  counts(): TargetCounts {
    const info = this.#info;
    const { by: instancesBy, ...instances } = this.#instances;
    const { by: segmentsBy, pixels: panopticPixels, none, ...panoptic } = this.#panoptic;
    const { pixels, ignored, by: pixelsBy } = this.#semantic;
    const { pixels: depthPixels, valid, min, max } = this.#depth;
    return {
      ...(info.instances && {
        instances: { ...instances, categories: named(info.instances.categories, instancesBy) },
      }),
      ...(info.keypoints && { keypoints: { ...this.#keypoints } }),
      ...(info.captions && { captions: { count: this.#captions } }),
      ...(info.semantic && {
        semantic: {
          ignored: ignored / pixels,
          categories: named(info.semantic.categories, pixelsBy).map(({ name, count }) => ({ name, share: count / pixels })), // prettier-ignore
        },
      }),
      ...(info.panoptic && {
        panoptic: { ...panoptic, none: none / panopticPixels, categories: named(info.panoptic.categories, segmentsBy) },
      }),
      ...(info.depth && { depth: { valid: valid / depthPixels, minMetres: min, maxMetres: max } }),
      ...(info.pair && { pair: psnrOf(this.#psnr) }),
    };
  }
}

const increase = (counts: Map<number, number>, key: number, by = 1): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

const named = (categories: readonly Category[], counts: ReadonlyMap<number, number>): NamedCount[] =>
  categories.map(({ name }, index) => ({ name, count: counts.get(index) ?? 0 }));

function psnrOf(values: readonly number[]) {
  const sum = values.reduce((total, value) => total + value, 0);
  const [meanPsnr, minPsnr, maxPsnr] = [sum / values.length, Math.min(...values), Math.max(...values)];
  return { meanPsnr, minPsnr, maxPsnr };
}
