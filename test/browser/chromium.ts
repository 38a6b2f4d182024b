import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** How to get what is missing on Debian. */
export const installChromium = "apt-get install -y --no-install-recommends chromium";

/** Debian's chromium package: SwiftShader's description and the Vulkan loader stand here. */
const chromiumFolder = "/usr/lib/chromium";

/** The Chromium on the PATH (or in the environment variable CHROMIUM), or undefined. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env["CHROMIUM"] !== undefined) return env["CHROMIUM"];
  const directories = (env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((path) => existsSync(path));
}

/**
 * Environment for a process that shall find a WebGPU driver: the caller's own choice, else SwiftShader (a Vulkan driver
 * on the processor, part of Debian's chromium). Undefined where neither is there. It must be set before the process
 * starts: the driver is chosen once.
 */
export function webgpuEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv | undefined {
  if (env["VK_DRIVER_FILES"] !== undefined) return env;
  const driver = `${chromiumFolder}/vk_swiftshader_icd.json`;
  if (!existsSync(driver)) return undefined;
  const libraries = [env["LD_LIBRARY_PATH"], chromiumFolder].filter((path) => path !== undefined);
  return { ...env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries.join(delimiter) };
}

/** Nothing that needs a display, a GPU, or a host beyond this machine. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
