import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface ToolCheck {
  readonly tool: string;
  readonly version: string | undefined;
  readonly needed: string;
  readonly install: string;
}

interface Tool {
  readonly name: string;
  /** Programs that serve, best first. */
  readonly programs: readonly string[];
  readonly versionFlag: string;
  readonly needed: string;
  readonly install: string;
}

const tools: readonly Tool[] = [
  {
    name: "chromium",
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    versionFlag: "--version",
    needed: "tests of the browser build",
    install: "apt-get install chromium",
  },
  {
    name: "strace",
    programs: ["strace"],
    versionFlag: "--version",
    needed: "tests that kill a save at every file call",
    install: "apt-get install strace",
  },
  {
    name: "ffmpeg",
    programs: ["ffmpeg"],
    versionFlag: "-version",
    needed: "video as data and as input",
    install: "apt-get install ffmpeg",
  },
];

/** Which programs outside the package are there. None is needed to train, evaluate, export or predict. */
export function checkTools(): Promise<ToolCheck[]> {
  return Promise.all(
    tools.map(async ({ name, programs, versionFlag, needed, install }) => {
      const versions = await Promise.all(programs.map((program) => versionOf(program, versionFlag)));
      return { tool: name, version: versions.find((version) => version !== undefined), needed, install };
    }),
  );
}

async function versionOf(program: string, flag: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [flag], { timeout: 10_000 });
    return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? "unknown version";
  } catch {
    return undefined;
  }
}
