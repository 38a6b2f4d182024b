import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import type { FitsHeader } from "../../formats/fits/fits-header.ts";
import { readFitsImage } from "../../formats/fits/fits-image.ts";
import { type FitsTable, openFitsTable } from "../../formats/fits/fits-table.ts";
import { type FitsUnit, openFits } from "../../formats/fits/open-fits.ts";
import { asNumbers } from "../../formats/value-array.ts";
import type { Spectrum, StarFacts } from "./spectrum.ts";

/**
 * Reads a low-resolution spectrum of LAMOST, whose layout is told by structure, never by release:
 *
 * - A1 (DR1): image [5, N]: flux, ivar, sub-continuum (`EXTEN0` says so, S/N keys `SN_U` …), andmask, ormask
 * - A2 (DR2 to DR7): image [5, N]: flux, ivar, wavelength, andmask, ormask
 * - B (DR8 on): a table COADD of one row: FLUX, IVAR, WAVELENGTH, ANDMASK, ORMASK …
 *
 * λ = 10^(COEFF0 + COEFF1·i) Å in vacuum where the header has them: the float32 wavelengths are up to 0.003 Å off.
 *
 * @throws FoveaError `data/spectrum` for other files, `fits/...` for damage
 */
export function readLamostSpectrum(source: ByteSource): Spectrum {
  const units = openFits(source);
  const [first, second] = units;
  const found = first.kind === "image" ? fromImage(first) : second?.kind === "table" ? fromTable(second) : undefined;
  if (found === undefined) throw refusal(source, "its first unit is no image and its second no table");
  const wavelength = logLinear(first.header, found.flux.length) ?? found.wavelength;
  if (wavelength === undefined) throw refusal(source, "it has neither COEFF0 and COEFF1 nor a row of wavelengths");
  const medium = first.header.get("VACUUM") === false ? ("air" as const) : ("vacuum" as const);
  return { ...found, wavelength, medium, frame: "observed", star: starFacts(first.header) };
}

type Rows = Pick<Spectrum, "flux" | "ivar" | "mask" | "layout"> & { readonly wavelength: Float64Array | undefined };

function fromImage(unit: FitsUnit): Rows | undefined {
  const { shape, data } = readFitsImage(unit);
  if (shape.length !== 2 || shape[0] !== 5) return undefined;
  const row = (index: number): Float64Array => asNumbers(data.subarray(index * shape[1], (index + 1) * shape[1]));
  const old =
    /subcontinuum/i.test(unit.header.text("EXTEN0") ?? "") ||
    ["SN_U", "SN_G", "SN_R", "SN_I", "SN_Z"].some((key) => unit.header.has(key));
  return {
    flux: Float32Array.from(row(0)),
    ivar: Float32Array.from(row(1)),
    wavelength: old ? undefined : row(2),
    mask: Int32Array.from(row(4)),
    layout: old ? "A1" : "A2",
  };
}

function fromTable(unit: FitsUnit): Rows | undefined {
  const table = openFitsTable(unit);
  const names = table.columns.map(({ name }) => name.toUpperCase());
  if (table.rows !== 1 || !["FLUX", "IVAR", "WAVELENGTH", "ORMASK"].every((name) => names.includes(name)))
    return undefined;
  const flux = cells(table, "FLUX");
  const [ivar, wavelength, mask] = [cells(table, "IVAR"), cells(table, "WAVELENGTH"), cells(table, "ORMASK")];
  if ([ivar, wavelength, mask].some((column) => column.length !== flux.length)) return undefined;
  return {
    flux: Float32Array.from(flux),
    ivar: Float32Array.from(ivar),
    wavelength,
    mask: Int32Array.from(mask),
    layout: "B",
  };
}

function cells(table: FitsTable, name: string): Float64Array {
  const values = table.column(name).load();
  return values.kind === "array" ? asNumbers(values.array.data) : new Float64Array();
}

function logLinear(header: FitsHeader, length: number): Float64Array | undefined {
  const [start, step] = [header.number("COEFF0"), header.number("COEFF1")];
  if (start === undefined || step === undefined) return undefined;
  return Float64Array.from({ length }, (_, i) => 10 ** (start + step * i));
}

function starFacts(header: FitsHeader): StarFacts {
  const number = (...keys: string[]): number | undefined =>
    keys.map((key) => header.number(key)).find((value) => value !== undefined && value !== -9999);
  const text = (...keys: string[]): string | undefined =>
    keys
      .map((key) => header.get(key))
      .flatMap((value) => (value === undefined || value === null ? [] : [String(value)]))[0];
  const bands = (["u", "g", "r", "i", "z"] as const).flatMap((band) => {
    const value = number(`SNR${band.toUpperCase()}`, `SN_${band.toUpperCase()}`);
    return value === undefined ? [] : [[band, value] as const];
  });
  return {
    id: text("OBSID"),
    class: text("CLASS"),
    subclass: text("SUBCLASS"),
    redshift: number("Z"),
    snr: Object.fromEntries(bands),
  };
}

const refusal = (source: ByteSource, message: string): FoveaError =>
  new FoveaError("data/spectrum", `${source.name}: no spectrum of LAMOST: ${message}`, {
    hint: "give spec-*.fits or spec-*.fits.gz",
  });
