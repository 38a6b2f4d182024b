import { FoveaError } from "./fovea-error.ts";

/**
 * The paragraph a user reads: message, then indented `hint:` and `at` lines. A bug of ours (anything but a
 * `FoveaError`) is shown with its stack, because there the stack is what helps.
 */
export function showError(error: unknown): string {
  if (!(error instanceof FoveaError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const lines = [escapeControls(error.message)];
  if (error.hint !== undefined) lines.push(`  hint: ${escapeControls(error.hint)}`);
  if (error.where !== undefined) lines.push(`  at ${escapeControls(error.where)}`);
  return lines.join("\n");
}

/** Text from files reaches terminals: control characters are shown, never sent. Line breaks stay. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
