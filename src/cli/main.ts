import { CommanderError } from "commander";
import { FoveaError } from "../errors/fovea-error.ts";
import { showError } from "../errors/show-error.ts";
import { buildProgram, usageError } from "./build-program.ts";
import { commands } from "./commands.ts";
import { packageVersion } from "./package-version.ts";
import { Terminal } from "./terminal.ts";

/**
 * Runs the command that `words` name (without `node` and the script) and returns the exit code: 0 done, 1 failed,
 * 2 wrong usage or recipe, 130 and 143 interrupted and saved.
 */
export async function main(words: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(commands, {
    version: packageVersion(),
    finished: (code) => {
      exitCode = code;
    },
  });
  process.stdout.on("error", leaveQuietlyOnClosedPipe);
  try {
    if (words.length === 0) {
      process.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync([...words], { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error, words);
  }
}

function report(error: unknown, words: readonly string[]): number {
  const shown = error instanceof CommanderError ? usageError(error, commands) : error;
  if (shown === undefined) return 0;
  const terminal = new Terminal({ json: false, quiet: false, verbose: false, color: !words.includes("--no-color") });
  if (shown instanceof FoveaError) {
    terminal.error(showError(shown));
    return shown.exitCode;
  }
  terminal.error(`this is a bug in fovea ${packageVersion()}; please report it with these lines.\n${showError(shown)}`);
  return 1;
}

/** `fovea recipes | head -1`: the reader has seen enough. */
function leaveQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
