import { FoveaError } from "../../errors/fovea-error.ts";
import type { Dataset } from "../dataset.ts";
import type { SpectrumSample } from "./spectrum-row.ts";

/** A spectrum of a set. @throws FoveaError `data/spectrum` where the set holds none */
export async function readSpectrum(dataset: Dataset, index: number): Promise<SpectrumSample> {
  if (dataset.readSpectrum !== undefined) return dataset.readSpectrum(index);
  throw new FoveaError("data/spectrum", `${dataset.name}: it holds images, but spectra are asked for`, {
    hint: 'leave out spectrum, or give a folder of spectra with format "spectra"',
    exitCode: 2,
  });
}
