import { escapeControls } from "../errors/show-error.ts";

/** Names from data as they may be drawn: one line, control characters visible, lone surrogates replaced. */
export function shownText(text: string): string {
  return shownLines(text).replaceAll("\n", "\\x0a");
}

/** As `shownText`, but line breaks stay. */
export function shownLines(text: string): string {
  return escapeControls(text).replace(/\p{Surrogate}/gu, "\ufffd");
}

/** As `shownText`, at most `length` characters, the last of them an ellipsis where something was cut. */
export function clippedText(text: string, length: number): string {
  const characters = Array.from(shownText(text));
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}

/** Width in pixels of one line of DejaVu Sans: Latin letters take about 0.6 em, ideographs 1 em. */
export function textWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) ems += (character.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.6;
  return Math.ceil(ems * fontSize);
}

/** `text` with the five characters that HTML and XML give a meaning to written as references. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
