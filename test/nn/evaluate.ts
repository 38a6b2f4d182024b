import { hostTensor, sizeOf, type HostTensor, type Shape } from "../../src/graph/dtype.ts";
import { program } from "../../src/graph/program.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";

export const host = (shape: Shape, values: ArrayLike<number>): HostTensor<"float32"> =>
  hostTensor("float32", shape, Float32Array.from(values));

/** sin(0), sin(1), … : values without pattern that need no generator. */
export const wave = (shape: Shape, scale = 1): HostTensor<"float32"> =>
  host(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(i)),
  );

export const oneThread = resolveDevice({ device: "cpu", threads: 1 });

/** Values of `outputs`, computed once on one thread. */
export async function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  { state, feeds = {} }: { state?: ReadonlyMap<string, HostTensor>; feeds?: Readonly<Record<string, HostTensor>> } = {},
): Promise<Record<string, number[]>> {
  await using executable = await compile(
    program({ outputs }),
    state === undefined ? { device: "cpu", threads: 1 } : { state: new ResidentState(oneThread, state) },
  );
  const results = await executable.run(feeds);
  return Object.fromEntries([...results].map(([name, { data }]) => [name, Array.from(data as ArrayLike<number>)]));
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
