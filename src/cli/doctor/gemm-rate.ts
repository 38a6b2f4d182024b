import { hostTensor } from "../../graph/dtype.ts";
import { input } from "../../graph/leaf.ts";
import { program } from "../../graph/program.ts";
import { compile } from "../../runtime/compile.ts";
import type { DeviceOptions } from "../../runtime/device.ts";

export interface GemmRate {
  /** 10⁹ floating-point operations a second, of the fastest run. */
  readonly gigaflops: number;
  readonly size: number;
  readonly seconds: number;
}

/** Measures the rate of float32 matrix products: y = x·w·w·w, all [size, size], about half a second. */
export async function measureGemmRate(options: DeviceOptions = {}, { size = 768, runs = 6 } = {}): Promise<GemmRate> {
  const products = 3;
  const w = input("w", [size, size]);
  let y = input("x", [size, size]);
  for (let i = 0; i < products; i++) y = y.matmul(w);
  await using executable = await compile(program({ outputs: { y } }), options);
  // 1/size keeps the products near 1: no denormals, no infinities
  const feeds = Object.fromEntries(
    ["x", "w"].map((name) => [name, hostTensor("float32", [size, size], new Float32Array(size * size).fill(1 / size))]),
  );
  let seconds = Infinity;
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await executable.run(feeds);
    if (run > 0) seconds = Math.min(seconds, (performance.now() - start) / 1000); // the first one warms up
  }
  return { gigaflops: (2 * size ** 3 * products) / seconds / 1e9, size, seconds };
}
