import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { openCsv } from "../../formats/csv/csv.ts";
import { readNpyValues } from "../../formats/npy-values.ts";
import { asNumbers } from "../../formats/value-array.ts";
import { csvColumns } from "../csv-columns.ts";
import { checkIndex, type Dataset } from "../dataset.ts";
import type { SpectraSource } from "../dataset-source.ts";
import { withSource } from "./fits-folders.ts";
import { readLamostSpectrum } from "./lamost.ts";
import { type SpectrumSample, unreadableSpectrum } from "./spectrum-row.ts";

/** What a file holds. */
type FileSpectrum = Omit<SpectrumSample, "label" | "id">;

/** The data set of spectra in files; each is opened when it is read. */
export function spectraDataset(source: SpectraSource): Dataset {
  const { root, files, labels, followLinks } = source;
  const dataset: Dataset = {
    name: source.name,
    length: files.length,
    classNames: source.classNames,
    fingerprint: source.fingerprint,
    source,
    label: (index) => labels[index],
    read: () => Promise.reject(noImages(source)),
    async readSpectrum(index) {
      checkIndex(dataset, index);
      const id = files[index];
      let spectrum: FileSpectrum;
      try {
        spectrum = withSource(resolveInside(root, id, { followLinks }), readerOf(id));
      } catch (error) {
        throw unreadableSpectrum(id, (error as Error).message, error); // files and formats throw Errors only
      }
      return { ...checked(spectrum, id), label: labels[index], id };
    },
  };
  return dataset;
}

const noImages = ({ name }: SpectraSource): FoveaError =>
  new FoveaError("data/spectra", `${name}: it holds spectra, but images are asked for`, {
    hint: "give the loader `spectrum`, as { length: 400, range: [6371, 6770] }",
    exitCode: 2,
  });

function readerOf(name: string): (source: ByteSource) => FileSpectrum {
  if (/\.npy$/i.test(name)) return fromNumpy;
  return /\.csv$/i.test(name) ? fromTable : readLamostSpectrum;
}

/** [L]: the flux; [2, L] or [3, L]: wavelength, flux and inverse variance. */
function fromNumpy(source: ByteSource): FileSpectrum {
  const { shape, data, type } = readNpyValues(source);
  const rows = shape.length === 1 ? 1 : shape[0];
  if (shape.length > 2 || rows > 3 || rows < 1 || /complex|float16/.test(type))
    throw new Error(`${type} [${shape.join(", ")}], expected real numbers [L], [2, L] or [3, L]`);
  const values = asNumbers(data);
  const length = values.length / rows;
  const row = (index: number): Float64Array => values.slice(index * length, (index + 1) * length);
  if (rows === 1) return { flux: Float32Array.from(values) };
  const ivar = rows === 3 ? { ivar: Float32Array.from(row(2)) } : {};
  return { wavelength: row(0), flux: Float32Array.from(row(1)), ...ivar };
}

/** Columns `flux` and, where they are there, `wavelength` and `ivar`; a table of one column is the flux. */
function fromTable(source: ByteSource): FileSpectrum {
  const columns = csvColumns(openCsv(source));
  const named = (name: string): Float64Array | undefined => {
    const found = columns.find((column) => column.name.trim().toLowerCase() === name);
    if (found?.kind === "texts") throw new Error(`column ${found.name} holds texts, expected numbers`);
    return found?.values;
  };
  const [only] = columns;
  const flux = named("flux") ?? (columns.length === 1 && only.kind === "numbers" ? only.values : undefined);
  if (flux === undefined) {
    const names = columns.map(({ name }) => name).slice(0, 8).join(", "); // prettier-ignore
    throw new Error(`columns ${names}: expected flux, and wavelength and ivar where they are known`);
  }
  const [wavelength, ivar] = [named("wavelength"), named("ivar")];
  return {
    flux: Float32Array.from(flux),
    ...(wavelength && { wavelength }),
    ...(ivar && { ivar: Float32Array.from(ivar) }),
  };
}

function checked({ flux, wavelength, ivar }: FileSpectrum, id: string): FileSpectrum {
  if (flux.length === 0) throw unreadableSpectrum(id, "it has no pixels");
  const disorder = wavelength?.findIndex((value, i) => !(i === 0 ? value > 0 : value > wavelength[i - 1])) ?? -1;
  if (disorder >= 0) throw unreadableSpectrum(id, `its wavelengths do not rise at pixel ${disorder}`);
  return { flux, ...(wavelength && { wavelength }), ...(ivar && { ivar }) };
}
