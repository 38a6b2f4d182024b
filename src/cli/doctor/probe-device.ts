/** A program of its own: runs one small product on the device it is told. A missing driver may take the process down. */
import { showError } from "../../errors/show-error.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { measureGemmRate } from "./gemm-rate.ts";

try {
  const device = process.argv[2] as DeviceName; // refused by `resolveDevice` when it is none
  const { gigaflops } = await measureGemmRate({ device }, { size: 64, runs: 1 });
  process.stdout.write(JSON.stringify({ works: true, gigaflops }));
} catch (error) {
  process.stdout.write(JSON.stringify({ works: false, reason: showError(error) }));
}
