/** A keyword's value; null where the card says that it has none. Integers beyond 2^53 are rounded. */
export type FitsValue = string | number | boolean | null | FitsComplex;

export interface FitsComplex {
  readonly re: number;
  readonly im: number;
}

/** One line of 80 characters. */
export interface FitsCard {
  /** Upper case, without blanks; behind HIERARCH the words as they stand. Empty for a blank card. */
  readonly key: string;
  /** undefined for a card without `= `: COMMENT, HISTORY, blank. */
  readonly value: FitsValue | undefined;
  /** After the slash, or all text of a card without value. */
  readonly comment: string;
  /** Whether the value is a text that ends in `&`, which a CONTINUE card goes on with. */
  readonly goesOn: boolean;
}

/**
 * Parses a card (FITS standard 4.0, section 4.1 and 4.2). A value of no known form, as old programs wrote them, is
 * comment: whoever needs the keyword misses it.
 */
export function parseCard(line: string): FitsCard {
  const hierarch = /^HIERARCH +([^=']*?) *= *(.*)$/s.exec(line);
  if (hierarch !== null) return withValue(hierarch[1], hierarch[2]);
  const key = line.slice(0, 8).trimEnd().toUpperCase();
  if (key === "CONTINUE") return withValue(key, line.slice(8));
  if (line.slice(8, 10) !== "= " && line.slice(8).trimEnd() !== "=")
    return { key, value: undefined, comment: line.slice(8).trimEnd(), goesOn: false };
  return withValue(key, line.slice(10));
}

function withValue(key: string, field: string): FitsCard {
  const text = /^ *'((?:[^']|'')*)' *(?:\/(.*))?$/s.exec(field);
  if (text !== null) {
    const value = text[1].replaceAll("''", "'").trimEnd(); // leading blanks count, trailing ones do not
    return { key, value, comment: (text[2] ?? "").trim(), goesOn: value.endsWith("&") };
  }
  const slash = field.indexOf("/");
  const comment = slash < 0 ? "" : field.slice(slash + 1).trim();
  const value = parseValue((slash < 0 ? field : field.slice(0, slash)).trim());
  return { key, value, comment: value === undefined ? field.trim() : comment, goesOn: false };
}

function parseValue(text: string): FitsValue | undefined {
  if (text === "") return null;
  if (text === "T" || text === "F") return text === "T";
  const number = parseNumber(text);
  if (number !== undefined) return number;
  const complex = /^\(([^,]*),([^,]*)\)$/.exec(text);
  const [re, im] = complex === null ? [] : [parseNumber(complex[1].trim()), parseNumber(complex[2].trim())];
  return re === undefined || im === undefined ? undefined : { re, im };
}

/** Integers and reals, with Fortran's `D` for the exponent; blanks inside are not allowed. */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?$/.test(text)) return undefined;
  return Number(text.replace(/[Dd]/, "E"));
}
