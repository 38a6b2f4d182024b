import { FoveaError } from "../../errors/fovea-error.ts";
import { defineOperator } from "../operator.ts";
import { concat } from "./layout.ts";
import { filled, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** ONNX Slice-13 with constant bounds: x[start:end:step] along each of `axes`; numpy's clamping. */
export const Slice = defineOperator({
  type: "Slice",
  opset: 13,
  inputs: ["x", "starts", "ends", "axes?", "steps?"],
  outputs: ["y"],
  infer({ x, starts, ends, axes, steps }) {
    const ranges = rangesOf(x, starts, ends, axes, steps);
    const shape = x.shape.map((size, i) => ranges.find(({ axis }) => axis === i)?.length ?? size);
    return { y: { shape, dtype: x.dtype } };
  },
  // The adjoint puts dy back between zeros, axis by axis. Concat with constant zeros: Pad is no faster, and ONNX
  // Runtime's ScatterND copies the whole tensor first.
  gradient({ x, starts, ends, axes, steps }, { dy }) {
    const put = (d: Tensor, { axis, start, step, length }: Range): Tensor =>
      insert(d, axis, x.shape[axis] as number, { start, step, length });
    return { x: rangesOf(x, starts, ends, axes, steps).reduce(put, dy) };
  },
});

function rangesOf(
  x: Tensor,
  starts: Tensor,
  ends: Tensor,
  axes: Tensor | undefined,
  steps: Tensor | undefined,
): Range[] {
  const first = constantValues("Slice", "starts", starts);
  const last = constantValues("Slice", "ends", ends);
  const along = axes === undefined ? first.map((_, i) => i) : constantValues("Slice", "axes", axes);
  const by = steps === undefined ? first.map(() => 1) : constantValues("Slice", "steps", steps);
  return first.map((start, i) => range(x, x.axis(along[i] ?? i, "Slice"), start, last[i] ?? 0, by[i] ?? 1));
}

function range(x: Tensor, axis: number, start: number, end: number, step: number): Range {
  if (step === 0 || !Number.isInteger(step))
    throw new FoveaError("shape/slice", `Slice: step ${step} along axis ${axis} of ${show(x)}`);
  const size = x.shape[axis] as number;
  const clamp = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + size : bound, step > 0 ? 0 : -1), step > 0 ? size : size - 1);
  const [from, to] = [clamp(start), end < -size ? (step > 0 ? 0 : -1) : clamp(end)];
  return { axis, start: from, step, length: Math.max(0, Math.ceil((to - from) / step)) };
}

/** A tensor of `size` along `axis` that holds d at start, start + step, ... and 0 elsewhere. */
function insert(d: Tensor, axis: number, size: number, { start, step, length }: Omit<Range, "axis">): Tensor {
  if (step < 0)
    return insert(reverse(d, axis), axis, size, { start: start + step * (length - 1), step: -step, length });
  const zeros = (count: number): Tensor[] => {
    const shape = d.shape.map((old, i) => (i === axis ? count : old));
    return count > 0 ? [filled(shape, 0, d.dtype)] : [];
  };
  if (step === 1) return concat([...zeros(start), d, ...zeros(size - start - length)], axis);
  // [.., length, ..] → [.., length, step, ..] with zeros behind each value, flattened, cut to what fits
  const spread = d.reshape([...d.shape.slice(0, axis + 1), 1, ...d.shape.slice(axis + 1)]);
  const gaps = filled(
    spread.shape.map((old, i) => (i === axis + 1 ? step - 1 : old)),
    0,
    d.dtype,
  );
  const flat = concat([spread, gaps], axis + 1).reshape(d.shape.map((old, i) => (i === axis ? old * step : old)));
  const fits = Math.min(length * step, size - start);
  return concat([...zeros(start), flat.slice(axis, 0, fits), ...zeros(size - start - fits)], axis);
}

const reverse = (d: Tensor, axis: number): Tensor => d.slice(axis, -1, -(d.shape[axis] as number) - 1, -1);
