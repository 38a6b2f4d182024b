import { rm } from "node:fs/promises";
import { chromium } from "playwright-core";
import { bundle } from "./bundle.ts";
import { chromiumFlags, findChromium } from "./chromium.ts";
import { serve } from "./serve.ts";

export interface PageOptions {
  /** Path of the module to bundle; it exports `run(argument)`, whose JSON-like result comes back. */
  readonly entry: string;
  /** Handed to `run`. */
  readonly argument?: unknown;
  /** Files that the page can fetch: path on the server → path on the disk. */
  readonly files?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a module in headless Chromium. Throws with the page's error, or when there is no Chromium. */
export async function runInChromium({
  entry,
  argument,
  files = {},
  timeoutMs = 120_000,
}: PageOptions): Promise<unknown> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium on this machine");
  const directory = await bundle(entry);
  const server = await serve(directory, files);
  const browser = await chromium.launch({ executablePath, args: chromiumFlags, timeout: timeoutMs });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    await page.goto(server.url);
    // as text: a loader that rewrites `import()` in functions must not see it
    return await page.evaluate(`import("/page.js").then(({ run }) => run(${JSON.stringify(argument ?? null)}))`);
  } finally {
    await browser.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}
