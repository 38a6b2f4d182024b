import type { Command } from "./command.ts";
import { doctor } from "./commands/doctor.ts";

/** Every command, in the order of the help text. */
export const commands: readonly Command[] = [doctor];
