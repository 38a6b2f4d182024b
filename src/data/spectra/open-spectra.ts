import type { DataFormat } from "../data-format.ts";
import { noSplit } from "../annotated/divide.ts";
import { listFiles } from "../list-files.ts";
import { type FileKind, openFolder } from "../open-folder.ts";

/** The first whose files are there is read: catalogues in CSV beside FITS files are no spectra. */
const kinds: readonly FileKind[] = [
  { what: "spectra", endings: [".fits", ".fit", ".fits.gz", ".fit.gz"] },
  { what: "spectra", endings: [".npy"] },
  { what: "spectra", endings: [".csv"] },
];

const kindIn = (root: string): FileKind | undefined => {
  const files = listFiles(root).map((path) => path.toLowerCase());
  return kinds.find(({ endings }) => files.some((path) => endings.some((ending) => path.endsWith(ending))));
};

/** Spectra in files of one each, LAMOST's FITS, npy or CSV, by class like a folder of images. */
export const spectra: DataFormat = {
  expected: "one folder for each class with FITS files of LAMOST, or .npy, or .csv, one spectrum each",
  namedOnly: true,
  locate: (root) => (kindIn(root) === undefined ? undefined : root),
  open(root, split, spec) {
    if (split === "test") throw noSplit(split);
    return { ...openFolder(root, split, spec, kindIn(root)), kind: "spectra" };
  },
};
