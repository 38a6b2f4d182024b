/** Geometry of a window that slides over spatial axes: what convolutions and pools share. x is [B, C, ...S]. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { ints, string } from "../attributes.ts";
import { show, type Tensor } from "../tensor.ts";

/** ONNX attributes of windows; absent lists stand for ones (pads: zeros). */
export const windowAttributes = {
  auto_pad: string("NOTSET"),
  dilations: ints(undefined),
  pads: ints(undefined),
  strides: ints(undefined),
};

export interface WindowAttributes {
  readonly auto_pad: string;
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

/** One number for each spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** @throws FoveaError for lists of another length than x has spatial axes, sizes below 1, or automatic padding */
export function windowOf(operator: string, x: Tensor, kernel: readonly number[], given: WindowAttributes): Window {
  const axes = x.rank - 2;
  const { auto_pad, strides = kernel.map(() => 1), dilations = kernel.map(() => 1) } = given;
  const pads = given.pads ?? new Array<number>(2 * axes).fill(0);
  if (auto_pad !== "NOTSET" && auto_pad !== "VALID")
    throw new FoveaError("graph/attribute", `${operator}: auto_pad ${auto_pad} is not supported; give pads`);
  const whole = (list: readonly number[], least: number): boolean =>
    list.length === axes && list.every((value) => Number.isInteger(value) && value >= least);
  const [before, after] = [pads.slice(0, axes), pads.slice(axes)];
  if (
    axes < 1 ||
    ![kernel, strides, dilations].every((list) => whole(list, 1)) ||
    !whole(before, 0) ||
    !whole(after, 0)
  )
    throw new FoveaError(
      "shape/window",
      `${operator}: kernel [${kernel.join(", ")}], strides [${strides.join(", ")}], dilations [${dilations.join(", ")}], pads [${pads.join(", ")}] do not fit ${show(x)}`,
      { hint: "one whole number from 1 (pads: two from 0) for each spatial axis of [B, C, ...]" },
    );
  return { kernel, strides, dilations, before, after };
}

/** Elements that a window spans along each axis: (kernel − 1)·dilation + 1. */
export const spans = ({ kernel, dilations }: Window): number[] => kernel.map((k, i) => (k - 1) * dilations[i] + 1);

/** Places of the window along each spatial axis: ⌊(S + pads − span)/stride⌋ + 1. Throws where it fits nowhere. */
export function placesOf(operator: string, x: Tensor, window: Window, ceil = false): number[] {
  const span = spans(window);
  return x.shape.slice(2).map((size, i) => {
    const [before, after, stride] = [window.before[i], window.after[i], window.strides[i]];
    const room = size + before + after - span[i];
    if (room < 0)
      throw new FoveaError(
        "shape/window",
        `${operator}: a window of ${span[i]} does not fit axis ${i + 2} of ${show(x)}`,
      );
    const places = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
    return ceil && (places - 1) * stride >= size + before ? places - 1 : places; // none starts in the end padding
  });
}

/** The attributes of a node with this window. */
export const attributesOf = ({ strides, dilations, before, after }: Window): Omit<WindowAttributes, "auto_pad"> => ({
  strides,
  dilations,
  pads: [...before, ...after],
});

/** Every position in a kernel, the last axis fastest. */
export function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  );
}

/** What lies under one tap of the window at each place: [B, C, ...S], already padded → [B, C, ...places]. */
export function underTap(padded: Tensor, tap: readonly number[], window: Window, places: readonly number[]): Tensor {
  return tap.reduce<Tensor>((t, at, i) => {
    const [start, stride] = [at * window.dilations[i], window.strides[i]];
    const end = start + (places[i] - 1) * stride + 1;
    return start === 0 && stride === 1 && end === t.shape[i + 2] ? t : t.slice(i + 2, start, end, stride);
  }, padded);
}

/** One number for each of `axes` axes; a single number stands for all. */
export const forEachAxis = (value: number | readonly number[], axes: number): readonly number[] =>
  typeof value === "number" ? new Array<number>(axes).fill(value) : value;
