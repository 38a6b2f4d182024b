import { FoveaError } from "../../errors/fovea-error.ts";
import { openFileSource } from "../../files/byte-source.node.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { checkIndex, type Dataset } from "../dataset.ts";
import type { AnnotatedSource } from "../dataset-source.ts";
import type { Sample } from "../image.ts";
import { decodeImage } from "../image-file.ts";
import type { Targets } from "../targets.ts";
import { figuresOf, instancesOf } from "./instance-targets.ts";
import { decodeDepth, decodePanoptic, decodeSemantic } from "./map-targets.ts";
import { recordAt } from "./packed-records.ts";
import type { FileRef, SampleRecord } from "./sample-record.ts";

/** Bytes of one file that is read whole. */
const mostFileBytes = 2 ** 28;

/** The data set of annotated images: every format's records, read in one way. */
export function annotatedDataset(source: AnnotatedSource): Dataset {
  const dataset: Dataset = {
    name: source.name,
    length: source.records.ends.length,
    classNames: source.classNames,
    fingerprint: source.fingerprint,
    source,
    targets: source.info,
    problems: source.problems,
    label: (index) => source.labels[index],
    async read(index) {
      checkIndex(dataset, index);
      return readSample(source, recordAt(source.records, index), source.labels[index]);
    },
  };
  return dataset;
}

async function readSample(source: AnnotatedSource, record: SampleRecord, label: number): Promise<Sample> {
  const image = await decodeImage(readRef(source, record.image), record.id);
  const { width, height } = image;
  if (record.size !== undefined && (record.size[0] !== width || record.size[1] !== height)) {
    throw unreadable(
      record.id,
      `${width}×${height} pixels, but its annotations are of ${record.size[0]}×${record.size[1]}`,
    );
  }
  return { image, label, id: record.id, targets: await readTargets(source, record, { width, height }, label) };
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

async function readTargets(
  source: AnnotatedSource,
  record: SampleRecord,
  size: ImageSize,
  label: number,
): Promise<Targets> {
  const { info, decoding } = source;
  const bytes = (ref: FileRef) => [readRef(source, ref), nameOf(ref), size] as const;
  try {
    return {
      ...(info.label && { label: { kind: "label", label } }),
      ...(record.instances && { instances: instancesOf(record.instances, size) }),
      ...(record.figures && info.keypoints && { keypoints: figuresOf(record.figures, info.keypoints.layout, size) }),
      ...(record.captions && { captions: { kind: "captions", texts: record.captions } }),
      ...(record.semantic &&
        decoding.semantic && { semantic: decodeSemantic(...bytes(record.semantic), decoding.semantic) }),
      ...(record.panoptic && {
        panoptic: decodePanoptic(...bytes(record.panoptic.file), record.panoptic.segments),
      }),
      ...(record.depth &&
        decoding.depthUnitMetres && { depth: decodeDepth(...bytes(record.depth), decoding.depthUnitMetres) }),
      ...(record.clean && { pair: { kind: "pair", clean: await cleanImage(source, record.clean, size) } }),
    };
  } catch (error) {
    if (!(error instanceof FoveaError) || error.code === "data/unreadable-image") throw error;
    throw unreadable(record.id, error.message, error);
  }
}

async function cleanImage(source: AnnotatedSource, ref: FileRef, { width, height }: ImageSize) {
  const clean = await decodeImage(readRef(source, ref), nameOf(ref));
  if (clean.width === width && clean.height === height) return clean;
  throw unreadable(nameOf(ref), `${clean.width}×${clean.height} pixels, its degraded image has ${width}×${height}`);
}

const nameOf = (ref: FileRef): string => (typeof ref === "string" ? ref : `${ref.archive} at byte ${ref.start}`);

/** The bytes of a file below the root; one that cannot be read costs its sample, not the run. */
function readRef({ root, followLinks }: AnnotatedSource, ref: FileRef): Uint8Array {
  try {
    const file = openFileSource(resolveInside(root, typeof ref === "string" ? ref : ref.archive, { followLinks }));
    try {
      const [start, size] = typeof ref === "string" ? [0, file.size] : [ref.start, ref.size];
      if (size === 0) throw new Error("the file is empty");
      if (size > mostFileBytes) throw new Error(`${size} bytes, at most ${mostFileBytes} are read`);
      return file.read(start, size);
    } finally {
      file.close();
    }
  } catch (error) {
    throw unreadable(nameOf(ref), (error as Error).message, error); // the calls above throw Errors only
  }
}

const unreadable = (id: string, reason: string, cause?: unknown): FoveaError =>
  new FoveaError("data/unreadable-image", `${id}: ${reason}`, {
    hint: "`fovea data inspect DIR` lists all such samples",
    ...(cause === undefined ? {} : { cause }),
  });
