import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluationBatches } from "../../src/data/evaluation-batches.ts";
import { createLoader, type Batch, type SpectrumLoaderOptions } from "../../src/data/loader.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import { type SpectrumSample, spectrumRow, type SpectrumSpec } from "../../src/data/spectra/spectrum-row.ts";
import { generator } from "../../src/random/generator.ts";
import { newFolder, writeBelow } from "./image-files.ts";
import { sharedData } from "./shared-data.ts";

const lamost = sharedData("lamost-small");

const sample = (values: number[], more: Partial<SpectrumSample> = {}): SpectrumSample => ({
  flux: Float32Array.from(values),
  label: 0,
  id: "one",
  ...more,
});
const row = (
  values: number[],
  spec: Omit<SpectrumSpec, "length">,
  more?: Partial<SpectrumSample>,
  length = values.length,
) =>
  // prettier-ignore
  [...spectrumRow(sample(values, more), { length, ...spec })];

async function take(options: SpectrumLoaderOptions, count: number): Promise<Batch<"spectra">[]> {
  const loader = await createLoader(options);
  const batches = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

describe("the row of a spectrum", () => {
  test("is its flux over the median, or of mean 0 and deviation 1, or as it is", () => {
    expect(row([1, 2, 4, 8], {})).toEqual([1 / 3, 2 / 3, 4 / 3, 8 / 3].map(Math.fround));
    expect(row([1, 3], { scale: "standard" })).toEqual([-1, 1]);
    expect(row([1, 3], { scale: "none" })).toEqual([1, 3]);
  });

  test("bridges pixels that are not finite or have no weight", () => {
    expect(row([1, NaN, 3, 4], { scale: "none" })).toEqual([1, 2, 3, 4]);
    const ivar = Float32Array.of(0, 1, 0, 0, 1, 1);
    expect(row([99, 2, 99, 99, 5, 6], { scale: "none" }, { ivar })).toEqual([2, 2, 3, 4, 5, 6]);
    expect(() => row([1, NaN, NaN], {})).toThrow("one: 1 of its 3 pixels are good, at least half must be");
  });

  test("on a grid is interpolated linearly in wavelength, evenly in λ or in log λ", () => {
    const wavelength = Float64Array.of(1000, 2000, 4000);
    const on = (spec: Omit<SpectrumSpec, "length">) => row([1, 2, 6], { scale: "none", ...spec }, { wavelength }, 3);
    expect(on({ range: [1000, 4000] })).toEqual([1, 3, 6]);
    on({ range: [1000, 4000], spacing: "log" }).forEach((value, i) => expect(value).toBeCloseTo([1, 2, 6][i], 5));
    expect(() => on({ range: [900, 2000] })).toThrow("one: it reaches from 1000 to 4000 Å, not over 900 to 2000");
  });

  test("of a straight line is that line on every grid within its wavelengths", () => {
    const wavelength = Float64Array.from({ length: 50 }, (_, i) => 4000 + i * i);
    const flux = [...wavelength];
    const place = fc.double({ min: 4000, max: 6400, noNaN: true });
    fc.assert(
      fc.property(place, place, fc.integer({ min: 2, max: 40 }), (a, b, length) => {
        fc.pre(Math.abs(a - b) > 1);
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const values = row(flux, { scale: "none", range: [first, last] }, { wavelength }, length);
        values.forEach((value, i) => expect(value).toBeCloseTo(first + (i / (length - 1)) * (last - first), 1));
      }),
    );
  });

  test("gets noise in training alone, the same from the same stream", () => {
    const spec = { length: 4, noise: 0.1 };
    const noisy = (seed: number): Float32Array => spectrumRow(sample([1, 1, 1, 1]), spec, generator(seed, "test"));
    expect(noisy(1)).toEqual(noisy(1));
    expect(noisy(1)).not.toEqual(noisy(2));
    expect([...spectrumRow(sample([1, 1, 1, 1]), spec)]).toEqual([1, 1, 1, 1]);
  });

  test("of another length, or without the wavelengths that are asked for, is a mistake of the call", () => {
    expect(() => row([1, 2, 3], {}, {}, 4)).toThrow("one: 3 pixels, the batch holds 4");
    expect(() => row([1, 2], { range: [1, 2] })).toThrow(
      "one: it has no wavelengths, but spectrum.range asks for some",
    );
  });
});

/** A version 1 npy file of float64. */
function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const padded = `${header.padEnd(117)}\n`;
  const magic = Buffer.from([0x93, 78, 85, 77, 80, 89, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([magic, Buffer.from(padded, "latin1"), Buffer.from(Float64Array.from(values).buffer)]);
}

describe("batches of spectra", () => {
  /** CLASS/n.npy, of the flux n + 1, n + 1, …. */
  function numpyFolder(counts: Readonly<Record<string, number>>): string {
    const root = newFolder();
    let n = 0;
    for (const [name, count] of Object.entries(counts))
      for (let i = 0; i < count; i++, n++) writeBelow(root, `train/${name}/${i}.npy`, npy([2, 3], [1, 2, 3, n + 1, n + 1, n + 1])); // prettier-ignore
    writeBelow(root, "val/a/0.npy", npy([3], [1, 2, 3]));
    return root;
  }

  test("hold [N, 1, L] in a seeded order that a resume meets again", async () => {
    const dataset = { root: numpyFolder({ a: 5, b: 4 }), format: "spectra" } as const;
    const options: SpectrumLoaderOptions = { dataset, spectrum: { length: 3, scale: "none" }, batchSize: 4, seed: 3 };
    const loader = await createLoader(options);
    expect([loader.shape, loader.stepsPerEpoch, loader.dataset.classNames]).toEqual([[1, 3], 2, ["a", "b"]]);
    const batches = await take(options, 4);
    for (const { spectra, labels, indices } of batches) {
      expect([...spectra]).toEqual([...indices].flatMap((index) => [index + 1, index + 1, index + 1]));
      expect([...labels]).toEqual(Array.from(indices, (index) => (index < 5 ? 0n : 1n)));
    }
    const noisy = { ...options, spectrum: { ...options.spectrum, noise: 0.1 } };
    expect(await take({ ...noisy, start: 2 }, 2)).toEqual((await take(noisy, 4)).slice(2));
    const held = await evaluationBatches({ ...options, batchSize: 2 });
    for await (const { spectra, valid } of held) expect([[...spectra], valid]).toEqual([[1, 2, 3, 0, 0, 0], 1]);
  });

  test("leave out and name what cannot be read, up to 1% of the set", async () => {
    const root = numpyFolder({ a: 101 });
    writeBelow(root, "train/a/100.npy", "no spectrum");
    const options: SpectrumLoaderOptions = { dataset: { root, format: "spectra" }, spectrum: { length: 3 }, batchSize: 101 }; // prettier-ignore
    const loader = await createLoader(options);
    await loader.next();
    expect(loader.report()).toEqual({ images: 101, skipped: [expect.objectContaining({ message: expect.stringContaining("train/a/100.npy: ") })] }); // prettier-ignore
    writeBelow(root, "train/a/99.npy", npy([2, 2], [2, 1, 5, 5]));
    const worse = await createLoader(options);
    await expect(worse.next()).rejects.toThrow(
      /2 of 101 spectra cannot be read.*99\.npy: its wavelengths do not rise/s,
    );
  });

  test("come from CSV too, by the names of the columns", async () => {
    const root = newFolder();
    writeBelow(root, "train/0.csv", "wavelength,flux,ivar\n1,5,1\n2,9,0\n3,7,1\n");
    writeBelow(root, "train/1.csv", "value\n1\n2\n");
    writeBelow(root, "train/2.csv", "a,b\n1,2\n");
    writeBelow(root, "val/0.csv", "flux\n1\n");
    const set = await openDataset({ root, format: "spectra" }, "train");
    expect(await set.readSpectrum?.(0)).toEqual({ flux: Float32Array.of(5, 9, 7), wavelength: Float64Array.of(1, 2, 3), ivar: Float32Array.of(1, 0, 1), label: 0, id: "train/0.csv" }); // prettier-ignore
    expect(await set.readSpectrum?.(1)).toEqual({ flux: Float32Array.of(1, 2), label: 0, id: "train/1.csv" });
    await expect(set.readSpectrum?.(2)).rejects.toThrow("train/2.csv: columns a, b: expected flux");
  });

  test("are no images, and images are no spectra", async () => {
    const dataset = { root: numpyFolder({ a: 3 }), format: "spectra" } as const;
    const spectrum = { length: 3 };
    await expect(createLoader({ dataset, batchSize: 1 })).rejects.toThrow("it holds spectra, but images are asked for");
    await expect(createLoader({ dataset: { count: 4 }, spectrum, batchSize: 1 })).rejects.toThrow("it holds images, but spectra are asked for"); // prettier-ignore
    const foreign = { dataset, spectrum, batchSize: 1, transforms: [] };
    await expect(createLoader(foreign as SpectrumLoaderOptions)).rejects.toThrow("transforms is given together with spectrum"); // prettier-ignore
    await expect(createLoader({ dataset, spectrum: { length: 1 }, batchSize: 1 })).rejects.toThrow("spectrum.length: ");
    await expect(createLoader({ dataset, spectrum: { length: 4 }, batchSize: 1 })).rejects.toThrow("3 pixels, the batch holds 4"); // prettier-ignore
  });
});

test.skipIf(lamost.missing)("LAMOST's releases come to one grid, catalogues beside them left alone", async () => {
  const dataset = { root: lamost.root, format: "spectra" } as const;
  const set = await openDataset(dataset, "train");
  expect(set.classNames).toEqual(["dr1", "dr13", "dr7-dr8", "dr9"]);
  const later = Array.from({ length: set.length }, (_, i) => i).filter((i) => set.label(i) > 0);
  const spectrum = { length: 400, range: [6371, 6770] } as const;
  const loader = await createLoader({ dataset: set, spectrum, subset: [0, ...later], batchSize: 1 + later.length });
  const { spectra } = await loader.next();
  expect([loader.report().skipped, spectra.length]).toEqual([[], 400 * (1 + later.length)]);
  for (let at = 0; at < spectra.length; at += 400) {
    const sorted = spectra.slice(at, at + 400).sort();
    expect((sorted[199] + sorted[200]) / 2).toBeCloseTo(1, 5);
  }
});
