import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installation } from "../../runtime/installation.ts";
import { deviceHelp } from "./device-help.ts";

export interface DeviceCheck {
  readonly device: string;
  readonly works: boolean;
  /** Why it does not work, as the runtime says it. */
  readonly reason?: string;
  /** How to get it. */
  readonly help?: string;
}

const timeoutMs = 20_000;

/** Tries every device of the installed runtime in a process of its own. */
export function checkDevices(): Promise<DeviceCheck[]> {
  return Promise.all(installation().devices.map(probe));
}

function probe(device: string): Promise<DeviceCheck> {
  const script = fileURLToPath(new URL("./probe-device.js", import.meta.url)); // runs from dist/
  return new Promise((resolve) => {
    let text = "";
    const child = spawn(process.execPath, [script, device], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: timeoutMs,
    });
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("error", ({ message }) => resolve({ device, works: false, reason: message }));
    child.on("close", (code, signal) => {
      const found = verdict(text, code, signal);
      const help = found.works ? undefined : deviceHelp[device];
      resolve({ device, ...found, ...(help === undefined ? {} : { help }) });
    });
  });
}

function verdict(text: string, code: number | null, signal: string | null): { works: boolean; reason?: string } {
  try {
    return JSON.parse(text) as { works: boolean; reason?: string }; // probe-device.ts wrote it
  } catch {
    return {
      works: false,
      reason: signal === null ? `the probe ended with code ${code}` : `the probe died of ${signal}`,
    };
  }
}
