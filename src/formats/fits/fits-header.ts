import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { type FitsCard, type FitsValue, parseCard } from "./fits-card.ts";
import { fitsRefusal } from "./fits-error.ts";

export const FITS_BLOCK = 2880;
const CARD = 80;

/** A header: its cards in order, and the values by keyword. Of a keyword that stands twice the first counts. */
export class FitsHeader {
  /** For messages: `FILE: unit 1`. */
  readonly label: string;
  readonly cards: readonly FitsCard[];
  readonly #values = new Map<string, FitsValue>();

  constructor(label: string, cards: readonly FitsCard[]) {
    this.label = label;
    this.cards = cards;
    for (const { key, value } of cards) if (value !== undefined && !this.#values.has(key)) this.#values.set(key, value);
  }

  get(key: string): FitsValue | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** The text of a keyword; undefined where it is absent or no text. */
  text(key: string): string | undefined {
    const value = this.#values.get(key);
    return typeof value === "string" ? value : undefined;
  }

  /** The number of a keyword; undefined where it is absent or no number. */
  number(key: string): number | undefined {
    const value = this.#values.get(key);
    return typeof value === "number" ? value : undefined;
  }

  /** A whole number from 0 on that must be there, unless `fallback` says what its absence means. */
  count(key: string, fallback?: number): number {
    const value = this.#values.get(key) ?? fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    const found = value === undefined ? "missing" : JSON.stringify(value);
    throw fitsRefusal("header", this.label, `${key} is ${found}, expected a whole number from 0 on`);
  }
}

/** A header as it stands in a file. */
export interface ReadHeader {
  readonly header: FitsHeader;
  /** Offset of what follows it. */
  readonly end: number;
}

/**
 * Reads the header at `start`: blocks of 36 cards up to the one with END. Long texts (CONTINUE) are joined.
 *
 * @throws FoveaError `fits/header` naming the card and its byte
 */
export function readHeader(source: ByteSource, start: number, label: string, limits: Limits): ReadHeader {
  const cards: FitsCard[] = [];
  for (let block = 0; block < limits.fitsHeaderBlocks; block++) {
    const at = start + block * FITS_BLOCK;
    if (at + FITS_BLOCK > source.size)
      throw fitsRefusal("header", label, `no END card before the file's last byte ${source.size}`);
    const text = new TextDecoder("latin1").decode(source.read(at, FITS_BLOCK));
    for (let from = 0; from < FITS_BLOCK; from += CARD) {
      const line = text.slice(from, from + CARD);
      if (/^END *$/.test(line)) return { header: new FitsHeader(label, joined(cards)), end: at + FITS_BLOCK };
      cards.push(parseCard(line));
    }
  }
  throw fitsRefusal("limit", label, `a header of more than ${limits.fitsHeaderBlocks} blocks`);
}

/** CONTINUE cards become part of the text before them (section 4.2.1.2). */
function joined(cards: readonly FitsCard[]): FitsCard[] {
  const out: FitsCard[] = [];
  let parts: string[] = [];
  for (const card of cards) {
    const before = out.at(-1);
    if (card.key === "CONTINUE" && before?.goesOn === true && typeof card.value === "string") {
      parts.push(card.value);
      out[out.length - 1] = { ...before, goesOn: card.goesOn };
    } else {
      flush(out, parts);
      parts = typeof card.value === "string" && card.goesOn ? [card.value] : [];
      out.push(card);
    }
  }
  flush(out, parts);
  return out;
}

function flush(cards: FitsCard[], parts: readonly string[]): void {
  const last = cards.at(-1);
  if (last === undefined || parts.length < 2) return;
  const value = parts.map((part, i) => (i < parts.length - 1 ? part.slice(0, -1) : part)).join("");
  cards[cards.length - 1] = { ...last, value };
}
