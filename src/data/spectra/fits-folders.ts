import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { type ByteSource } from "../../files/byte-source.ts";
import { openFileSource } from "../../files/byte-source.node.ts";
import { openCsv } from "../../formats/csv/csv.ts";
import type { FolderLayout } from "../folder-layouts.ts";
import { isGzip } from "../../formats/gzip.ts";
import { gunzipSource } from "../gunzip.ts";
import { listFiles } from "../list-files.ts";
import { readLamostSpectrum } from "./lamost.ts";
import { readLightCurve } from "./light-curve.ts";

const isFitsName = (path: string): boolean => /\.fits?(\.gz)?$/i.test(path);
const isSpectrumName = (path: string): boolean => /(^|\/)spec-[^/]*\.fits?(\.gz)?$/i.test(path);
const isCurveName = (path: string): boolean => /(^|\/)(ktwo|hlsp_|EPIC_)[^/]*\.fits?(\.gz)?$/i.test(path);

/** A folder is what its first files are: a large one is not walked through for that. */
const mostLooked = 2000;

/** Spectra of LAMOST below a folder, with catalogues beside them. */
export const lamostFolder: FolderLayout = {
  format: "lamost",
  matches: (root) => listFiles(root, mostLooked).some(isSpectrumName),
  inspect: async (root) => {
    const inspection = inspectEach(root, isFitsName, (source) => {
      const { layout, star, flux } = readLamostSpectrum(source);
      return [`layout ${layout}`, `class ${star.class ?? "none"}`, `${flux.length} pixels`];
    });
    const rows = listFiles(root).filter((path) => /\.csv$/i.test(path));
    const counts = Object.fromEntries(rows.map((path) => [`rows of ${path}`, withSource(join(root, path), countRows)]));
    return { ...inspection, format: "lamost", counts: { spectra: inspection.files, ...inspection.counts, ...counts } };
  },
};

/** Light curves of K2 below a folder. */
export const k2Folder: FolderLayout = {
  format: "k2-light-curves",
  matches: (root) => listFiles(root, mostLooked).some(isCurveName),
  inspect: async (root) => {
    const inspection = inspectEach(root, isFitsName, (source) => {
      const { product, time } = readLightCurve(source);
      return [`product ${product}`, `${time.length} cadences`];
    });
    return {
      ...inspection,
      format: "k2-light-curves",
      counts: { "light curves": inspection.files, ...inspection.counts },
    };
  },
};

interface Inspected {
  readonly root: string;
  readonly files: number;
  readonly counts: Record<string, number>;
  readonly problems: readonly string[];
}

function inspectEach(
  root: string,
  wanted: (path: string) => boolean,
  kindsOf: (source: ByteSource) => string[],
): Inspected {
  const counts = new Map<string, number>();
  const problems: string[] = [];
  let files = 0;
  for (const path of listFiles(root).filter(wanted)) {
    try {
      for (const kind of withSource(join(root, path), kindsOf)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      files++;
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problems.push(error.message);
    }
  }
  return { root, files, counts: Object.fromEntries([...counts].sort()), problems };
}

/** Opens a file, unpacked where it is gzip, and closes it. */
export function withSource<T>(path: string, work: (source: ByteSource) => T): T {
  const file = openFileSource(path);
  try {
    return work(isGzip(file.read(0, Math.min(2, file.size))) ? gunzipSource(file) : file);
  } finally {
    file.close();
  }
}

function countRows(source: ByteSource): number {
  let count = 0;
  for (const row of openCsv(source).rows()) count += row.length > 0 ? 1 : 0;
  return count;
}
