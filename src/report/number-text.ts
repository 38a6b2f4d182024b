import type { MeanAndDeviation } from "../metrics/mean-and-deviation.ts";

/**
 * A number for people: whole numbers with thousands separated (`1,200`), others with `digits` significant digits, in
 * scientific form below 10⁻³ and from 10⁶ on (`1.5e-4`). NaN is `–`.
 */
export function numberText(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US").replace("-", "−");
  const plain = size >= 1e-3 && size < 1e6;
  const text = plain ? Number(value.toPrecision(digits)).toString() : shortExponent(value, digits);
  return text.replace(/^-/, "−");
}

/** `0.8123 ± 0.0041`; the mean alone where there is one value only. */
export function meanText({ mean, deviation }: MeanAndDeviation, digits = 4): string {
  return Number.isNaN(deviation)
    ? numberText(mean, digits)
    : `${numberText(mean, digits)} ± ${numberText(deviation, 2)}`;
}

/** Steps on an axis: `1,200`, `20k`, `1.5M`. */
export function stepText(step: number): string {
  if (Math.abs(step) < 10_000) return numberText(step);
  const [unit, letter] = Math.abs(step) < 1e6 ? [1e3, "k"] : Math.abs(step) < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return `${numberText(step / unit)}${letter}`;
}

/** 1, 2 and 5 times a power of ten carry a number; the rest of a decade would overlap. */
export function isRoundOnLog(value: number): boolean {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(mantissa - round) < 1e-6);
}

const shortExponent = (value: number, digits: number) => {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
};
