import { FoveaError } from "../../errors/fovea-error.ts";
import { decodePng, type PngSamples } from "../../formats/png-decoder.ts";
import type { DepthTarget, PanopticTarget, SemanticTarget } from "../targets.ts";
import type { ImageSize } from "./annotated-dataset.ts";
import type { PanopticRecord, SemanticDecoding } from "./sample-record.ts";

/** @throws FoveaError `data/label-map` for another size than the image's, and a value or colour that is no class */
export function decodeSemantic(
  bytes: Uint8Array,
  name: string,
  size: ImageSize,
  { by, ignore, classes: table }: SemanticDecoding,
): SemanticTarget {
  const samples = pngOfSize(bytes, name, size);
  const { width, height, channels, data } = samples;
  if (by === "value" ? channels !== 1 : channels < 3 && samples.palette === undefined) {
    throw bad(name, `${channels} channels, but its classes stand there by ${by}`);
  }
  const keys = by === "value" ? data : coloursOf(samples);
  const known = new Map(
    Object.entries(table).map(([key, label]) => [by === "value" ? Number(key) : colourKey(key), label]),
  );
  const classes = ignore > 255 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  for (let p = 0; p < classes.length; p++) {
    const label = known.get(keys[p]);
    if (label === undefined) {
      const shown = by === "value" ? `value ${keys[p]}` : `colour ${rgbText(keys[p])}`;
      throw bad(name, `pixel (${p % width}, ${Math.floor(p / width)}) has the ${shown}, which is no class`);
    }
    classes[p] = label;
  }
  return { kind: "semantic", width, height, classes, ignore };
}

/** R + 256 G + 65536 B of each pixel. */
function coloursOf({ width, height, channels, data, palette }: PngSamples): Uint32Array {
  const keys = new Uint32Array(width * height);
  for (let p = 0; p < keys.length; p++) {
    const [colours, at] = palette === undefined ? [data, p * channels] : [palette, 3 * data[p]];
    keys[p] = colours[at] + 256 * colours[at + 1] + 65536 * colours[at + 2];
  }
  return keys;
}

function colourKey(text: string): number {
  const [red, green, blue] = text.split(" ").map(Number);
  return red + 256 * green + 65536 * blue;
}

const rgbText = (key: number): string => `${key & 255} ${(key >> 8) & 255} ${key >> 16}`;

/**
 * COCO's panoptic PNG: segment id = R + 256 G + 65536 B, 0 for none.
 *
 * @throws FoveaError `data/label-map` where the map and the list of segments differ
 */
export function decodePanoptic(
  bytes: Uint8Array,
  name: string,
  size: ImageSize,
  records: PanopticRecord["segments"],
): PanopticTarget {
  const samples = pngOfSize(bytes, name, size);
  if (samples.channels < 3 && samples.palette === undefined) throw bad(name, "segment ids need three channels");
  if (samples.bitDepth === 16) throw bad(name, "segment ids need 8 bits a channel");
  const ids = coloursOf(samples);
  const missing = new Set(records.map(({ id }) => id));
  const listed = new Set([0, ...missing]);
  let before = 0;
  for (const id of ids) {
    if (id === before) continue;
    before = id;
    if (!listed.has(id)) throw bad(name, `its segment ${id} is not in the annotations`);
    missing.delete(id);
  }
  if (missing.size > 0) throw bad(name, `the segments ${[...missing].slice(0, 5).join(", ")} have no pixel`);
  const segments = records.map(({ id, category, crowd = false }) => ({ id, category, crowd }));
  return { kind: "panoptic", width: size.width, height: size.height, ids, segments };
}

/** A PNG of one channel; 0 is no measurement. */
export function decodeDepth(bytes: Uint8Array, name: string, size: ImageSize, unitMetres: number): DepthTarget {
  const { channels, data, palette } = pngOfSize(bytes, name, size);
  if (channels !== 1 || palette !== undefined) throw bad(name, `${channels} channels, but depth has one`);
  const metres = new Float32Array(data.length);
  const valid = new Uint8Array(data.length);
  for (let p = 0; p < data.length; p++) {
    metres[p] = data[p] * unitMetres;
    valid[p] = data[p] > 0 ? 1 : 0;
  }
  return { kind: "depth", width: size.width, height: size.height, metres, valid };
}

function pngOfSize(bytes: Uint8Array, name: string, { width, height }: ImageSize): PngSamples {
  let samples: PngSamples;
  try {
    samples = decodePng(bytes);
  } catch (error) {
    if (error instanceof FoveaError) throw bad(name, error.message);
    throw error;
  }
  if (samples.width === width && samples.height === height) return samples;
  throw bad(name, `${samples.width}×${samples.height} pixels, its image has ${width}×${height}`);
}

const bad = (name: string, what: string): FoveaError => new FoveaError("data/label-map", `${name}: ${what}`);
