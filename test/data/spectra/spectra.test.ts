import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/files/byte-source.ts";
import { withSource } from "../../../src/data/spectra/fits-folders.ts";
import { readLamostSpectrum } from "../../../src/data/spectra/lamost.ts";
import { readLightCurve } from "../../../src/data/spectra/light-curve.ts";
import {
  bigEndian,
  emptyPrimary,
  header,
  cards,
  image,
  joined,
  padded,
  table,
} from "../../formats/fits/fits-writer.ts";
import { sharedData } from "../shared-data.ts";

const lamost = sharedData("lamost-small");
const k2 = sharedData("k2-small");
const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) if (Number.isFinite(value)) total += value;
  return total;
};

describe.skipIf(lamost.missing)("spectra of LAMOST", () => {
  const read = (path: string) => withSource(join(lamost.root, path), readLamostSpectrum);

  test("the image layout of DR1 has no wavelengths: they come from the header (figures of astropy 8.0.2)", () => {
    const spectrum = read("dr1/spec-55862-B6212_sp06-111.fits.gz");
    expect([spectrum.layout, spectrum.flux.length, spectrum.medium]).toEqual(["A1", 3904, "vacuum"]);
    expect(sum(spectrum.flux)).toBeCloseTo(796077.6560448408, 4);
    expect(sum(spectrum.ivar)).toBeCloseTo(160.7806471029835, 8);
    expect([spectrum.star.snr.r, spectrum.star.redshift]).toEqual([31.95, 0.00010681]);
  });

  test.each([
    ["dr7-dr8/spec-55859-F5902_sp01-001_dr7.fits.gz", "A2", "STAR", "G7", -0.0001387],
    ["dr7-dr8/spec-55859-F5902_sp01-013_dr8.fits.gz", "B", "STAR", "A2", -0.00106647],
    ["dr13/spec-dr13-QSO.fits.gz", "B", "QSO", "Non", 0.308259],
  ])("%s is of layout %s", (path, layout, kind, subclass, redshift) => {
    const spectrum = read(path);
    expect([spectrum.layout, spectrum.star.class, spectrum.star.subclass, spectrum.star.redshift]).toEqual([layout, kind, subclass, redshift]); // prettier-ignore
    // stellar-activity.md, section 9: λ(0) = 3699.985 Å, λ(3907 or 3908)
    expect(spectrum.wavelength[0]).toBeCloseTo(3699.985, 2);
    expect(spectrum.wavelength.length).toBe(spectrum.flux.length);
    expect(spectrum.wavelength.at(-1)).toBeCloseTo(10 ** (3.5682 + 1e-4 * (spectrum.flux.length - 1)), 1);
  });
});

test("a spectrum is told by structure: rows of an image, or a table", () => {
  const rows = bigEndian("Float32", [1, 2, 3, 4, 3700, 3701, 0, 0, 0, 1]);
  const read = (bytes: Uint8Array) => readLamostSpectrum(memorySource(bytes, "spec.fits"));
  const plain = read(image(-32, [2, 5], rows, { VACUUM: true }));
  expect([plain.layout, [...plain.wavelength], [...plain.mask]]).toEqual(["A2", [3700, 3701], [0, 1]]);
  const old = read(image(-32, [2, 5], rows, { SN_R: 20, COEFF0: 2, COEFF1: 1 }));
  expect([old.layout, [...old.wavelength], old.star.snr]).toEqual(["A1", [100, 1000], { r: 20 }]);
  expect(() => read(image(-32, [2, 5], rows, { SN_R: 20 }))).toThrow(
    "neither COEFF0 and COEFF1 nor a row of wavelengths",
  );
  expect(() => read(emptyPrimary)).toThrow("spec.fits: no spectrum of LAMOST");
});

describe.skipIf(k2.missing)("light curves of K2", () => {
  test("K2SC has 3,896 cadences (figures of astropy 8.0.2)", () => {
    const curve = withSource(join(k2.root, "k2sc/EPIC_247744104_mast.fits"), readLightCurve);
    expect([curve.product, curve.time.length, curve.flags.filter((flag) => flag === 0).length]).toEqual(["k2sc", 3896, 3605]); // prettier-ignore
    expect([curve.time[0], curve.time[3895]]).toEqual([2987.5814602426544, 3068.143883901226]);
    expect(sum(curve.flux) / 1178304948.34375).toBeCloseTo(1, 9);
  });

  test("of the table of apertures the one of least scatter is taken (row 17)", () => {
    const curve = withSource(join(k2.root, "mission/ktwo201121245-c01_lpd-lc.fits"), readLightCurve);
    expect([curve.product, curve.flux.length, curve.flux.filter(Number.isNaN).length]).toEqual(["apertures", 4022, 194]); // prettier-ignore
    expect(sum(curve.flux) / 15990708.954345703).toBeCloseTo(1, 9);
  });
});

test("of the mission's flags only those that matter count", () => {
  const rows = [1, 2].map((time, i) =>
    joined(bigEndian("Float64", [time]), bigEndian("Float32", [10 * time]), bigEndian("Int32", [[64, 128][i]])),
  );
  const columns = { TFIELDS: 3, TTYPE1: "TIME", TFORM1: "D", TTYPE2: "PDCSAP_FLUX", TFORM2: "E", TTYPE3: "SAP_QUALITY", TFORM3: "J", EXTNAME: "LIGHTCURVE" }; // prettier-ignore
  const curve = readLightCurve(memorySource(table("BINTABLE", [16, 2], joined(...rows), columns), "ktwo.fits"));
  expect([curve.product, [...curve.flux], [...curve.flags]]).toEqual(["mission", [10, 20], [0, 128 & 1130799]]);
  const other = joined(header(cards({ SIMPLE: true, BITPIX: 8, NAXIS: 1, NAXIS1: 1 })), padded(Uint8Array.of(1)));
  expect(() => readLightCurve(memorySource(other, "x.fits"))).toThrow(
    "x.fits: no light curve of K2: it has the tables none",
  );
});
