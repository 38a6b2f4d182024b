import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { type FitsTable, openFitsTable } from "../../formats/fits/fits-table.ts";
import { openFits } from "../../formats/fits/open-fits.ts";
import { asNumbers, type ValueArray } from "../../formats/value-array.ts";

/** Brightness over time as the file holds it: gaps are NaN, nothing is left out. */
export interface LightCurve {
  readonly product: "mission" | "k2sff" | "everest" | "k2sc" | "apertures";
  /** BJD − 2454833 days. */
  readonly time: Float64Array;
  /** In the product's unit: e-/s, or relative. */
  readonly flux: Float64Array;
  /** Not 0 where the product advises against the cadence. */
  readonly flags: Float64Array;
}

/** What is used of a product: the table's EXTNAME (or a column that tells it), and its columns. */
interface Product {
  readonly product: Exclude<LightCurve["product"], "apertures">;
  readonly table: string;
  readonly time: string;
  readonly flux: readonly string[];
  readonly flags: string;
  /** Bits of the flags that count. */
  readonly bits?: number;
}

/** stellar-activity.md 7.3; of the mission's flags those of the lightkurve default. */
const products: readonly Product[] = [
  {
    product: "mission",
    table: "LIGHTCURVE",
    time: "TIME",
    flux: ["PDCSAP_FLUX", "SAP_FLUX"],
    flags: "SAP_QUALITY",
    bits: 1130799,
  },
  { product: "k2sff", table: "BESTAPER", time: "T", flux: ["FCOR"], flags: "MOVING" },
  { product: "everest", table: "ARRAYS", time: "TIME", flux: ["FLUX"], flags: "QUALITY" },
  { product: "k2sc", table: "K2SC", time: "time", flux: ["flux"], flags: "quality" },
];

/**
 * Reads a light curve of Kepler's K2: the mission's, K2SFF, EVEREST, K2SC, or a table of apertures, of which the one of
 * the smallest `cdpp6` is taken. Told by the tables' names.
 *
 * @throws FoveaError `data/light-curve` for other files, `fits/...` for damage
 */
export function readLightCurve(source: ByteSource): LightCurve {
  const tables = openFits(source).filter(({ kind }) => kind === "table").map((unit) => ({ name: unit.name.toUpperCase(), table: openFitsTable(unit) })); // prettier-ignore
  for (const product of products) {
    const found = tables.find(({ name }) => name === product.table);
    if (found !== undefined) return fromTable(found.table, product);
  }
  const [curves, apertures] = tables;
  if (curves?.name === "TARGETTABLES" && apertures !== undefined)
    return fromApertures(source, curves.table, apertures.table);
  const names = tables.map(({ name }) => name || "one without name").join(", ") || "none";
  throw refusal(
    source,
    `it has the tables ${names}; ${products.map(({ table }) => table).join(", ")} or TARGETTABLES is expected`,
  );
}

function fromTable(table: FitsTable, { product, time, flux, flags, bits }: Product): LightCurve {
  const fluxName =
    flux.find((name) => table.columns.some((column) => column.name.toUpperCase() === name.toUpperCase())) ?? flux[0];
  const quality = numbers(table, flags).data;
  const kept = bits === undefined ? asNumbers(quality) : Float64Array.from(asNumbers(quality), (value) => value & bits);
  return {
    product,
    time: asNumbers(numbers(table, time).data),
    flux: asNumbers(numbers(table, fluxName).data),
    flags: kept,
  };
}

function fromApertures(source: ByteSource, curves: FitsTable, apertures: FitsTable): LightCurve {
  const scatter = asNumbers(numbers(apertures, "cdpp6").data);
  const flux = numbers(curves, "flux");
  const best = scatter.reduce(
    (least, value, i) => (Number.isFinite(value) && !(scatter[least] <= value) ? i : least),
    0,
  );
  if (flux.shape[1] !== scatter.length)
    throw refusal(source, `${scatter.length} apertures for fluxes [${flux.shape.join(", ")}]`);
  const all = asNumbers(flux.data);
  return {
    product: "apertures",
    time: asNumbers(numbers(curves, "time").data),
    flux: Float64Array.from({ length: flux.shape[0] }, (_, row) => all[row * scatter.length + best]),
    flags: asNumbers(numbers(curves, "quality").data),
  };
}

function numbers(table: FitsTable, name: string): ValueArray {
  const values = table.column(name).load();
  if (values.kind === "array") return values.array;
  throw new FoveaError("data/light-curve", `column ${name} holds ${values.kind}, expected numbers`);
}

const refusal = (source: ByteSource, message: string): FoveaError =>
  new FoveaError("data/light-curve", `${source.name}: no light curve of K2: ${message}`, {
    hint: "mission, K2SFF, EVEREST and K2SC files are read",
  });
