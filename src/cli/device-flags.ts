import { resolveDevice, type DeviceName } from "../runtime/device.ts";
import type { FlagValues } from "./flags.ts";

/** `--device` and `--threads` as options of the rooms below, checked. */
export function deviceFlags({ device, threads }: FlagValues): { device: DeviceName | "auto"; threads?: number } {
  const name = device as DeviceName | "auto"; // resolveDevice refuses anything else, by name
  const options = { device: name, ...(threads === undefined ? {} : { threads }) };
  resolveDevice(options);
  return options;
}
