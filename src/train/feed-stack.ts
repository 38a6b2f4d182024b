import { dtypes, type DType, type HostTensor, type TensorData } from "../graph/dtype.ts";
import type { Feeds } from "./task.ts";

/** The feeds of `count` steps under one leading axis [count, ...]. Copies at once: a source may reuse its buffers. */
export class FeedStack {
  readonly feeds: Record<string, HostTensor> = {};
  private readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  set(index: number, feeds: Feeds): void {
    for (const [name, value] of Object.entries(feeds)) {
      const all = (this.feeds[name] ??= emptyStack(value, this.count));
      (all.data as Uint8Array).set(value.data as Uint8Array, index * value.data.length); // both of one dtype
    }
  }
}

/** Part `index` of stacked tensors, as views. */
export const partsAt = (stacked: Iterable<readonly [string, HostTensor]>, index: number): Map<string, HostTensor> =>
  new Map(
    [...stacked].map(
      ([
        name,
        {
          dtype,
          shape: [count = 1, ...shape],
          data,
        },
      ]) => {
        const length = data.length / count;
        return [name, tensorOf(dtype, shape, data.subarray(index * length, (index + 1) * length))];
      },
    ),
  );

const emptyStack = ({ dtype, shape, data }: HostTensor, count: number): HostTensor =>
  tensorOf(dtype, [count, ...shape], new dtypes[dtype].array(count * data.length));

const tensorOf = (dtype: DType, shape: readonly number[], data: TensorData): HostTensor =>
  ({ dtype, shape, data }) as HostTensor; // data were made for this dtype
