import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { byteSymbols, symbolsById } from "./byte-symbols.ts";
import { cleanText } from "./clean-text.ts";

/** Two symbols that become one; earlier pairs of a list win. */
export type Merge = readonly [left: string, right: string];

const start = "<|startoftext|>";
const end = "<|endoftext|>";

/** Special tokens, English endings, letters, one digit, or whatever else has no space inside. */
const pieces = /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu;

/** Most words whose tokens are remembered. */
const MOST_REMEMBERED = 50_000;

/**
 * CLIP's byte pairs: a text is cleaned, split into words, a word's UTF-8 bytes become symbols, and pairs of symbols merge
 * in the order of the list. Ids: 256 symbols, the same at the end of a word, the merges, start, end. Source: eva section
 * 3.5. The list of merges comes from a file of the user's: `readClipTokenizer`.
 */
export class ClipTokenizer {
  readonly startId: number;
  /** The largest id: the text tower finds it by that. */
  readonly endId: number;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #texts: ReadonlyMap<number, string>;
  readonly #remembered = new Map<string, readonly number[]>();

  /** @param ids of the tokens where they are written out (`vocab.json`); default by the rule above */
  constructor(merges: readonly Merge[], ids: ReadonlyMap<string, number> = idsOf(merges)) {
    this.#ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
    this.#ids = ids;
    this.#texts = new Map([...ids].map(([token, id]) => [id, token]));
    this.startId = this.idOf(start);
    this.endId = this.idOf(end);
  }

  /** Number of ids. */
  get vocabulary(): number {
    return this.#ids.size;
  }

  /** The ids of a text, without start and end. */
  encode(text: string): number[] {
    return (cleanText(text).match(pieces) ?? []).flatMap((piece) => this.piece(piece));
  }

  /**
   * Ids of texts as the text tower takes them, int64 [B, L]: start, text, end, zeros. A text that is too long is cut; its
   * last id is the end then, too.
   */
  tokenize(texts: readonly string[], contextLength = 77): HostTensor<"int64"> {
    const ids = new BigInt64Array(texts.length * contextLength);
    texts.forEach((text, row) => {
      const all = [this.startId, ...this.encode(text), this.endId].slice(0, contextLength);
      all[all.length - 1] = this.endId;
      all.forEach((id, column) => (ids[row * contextLength + column] = BigInt(id)));
    });
    return hostTensor("int64", [texts.length, contextLength], ids);
  }

  /** The text of ids: words in lower case, a space after each. Unknown ids are refused. */
  decode(ids: Iterable<number>): string {
    const symbols = [...ids].map((id) => {
      const token = this.#texts.get(id);
      if (token === undefined) throw new FoveaError("tokenizer/id", `the vocabulary has no id ${id}`);
      return token;
    });
    const byteOf = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]));
    const bytes = symbols.flatMap((token) =>
      token === start || token === end
        ? [...new TextEncoder().encode(token)]
        : [...token.replace(/<\/w>$/, " ")].map((symbol) => (symbol === " " ? 32 : (byteOf.get(symbol) ?? 63))),
    );
    return new TextDecoder().decode(Uint8Array.from(bytes)).trimEnd();
  }

  private piece(piece: string): readonly number[] {
    if (piece === start || piece === end) return [this.idOf(piece)];
    const known = this.#remembered.get(piece);
    if (known !== undefined) return known;
    const symbols = [...new TextEncoder().encode(piece)].map((byte) => byteSymbols[byte]);
    symbols[symbols.length - 1] += "</w>";
    const ids = this.merged(symbols).map((token) => this.idOf(token));
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(piece, ids);
    return ids;
  }

  /** Merges the pair of the lowest rank everywhere, until there is none. */
  private merged(symbols: string[]): string[] {
    for (;;) {
      let [best, rank] = [-1, Infinity];
      for (let i = 0; i + 1 < symbols.length; i++) {
        const found = this.#ranks.get(`${symbols[i]} ${symbols[i + 1]}`) ?? Infinity;
        if (found < rank) [best, rank] = [i, found];
      }
      if (best < 0) return symbols;
      symbols = withMerged(symbols, symbols[best], symbols[best + 1]);
    }
  }

  private idOf(token: string): number {
    const id = this.#ids.get(token);
    if (id !== undefined) return id;
    throw new FoveaError("tokenizer/token", `the vocabulary lacks the token ${JSON.stringify(token)}`, {
      hint: "vocab.json and merges.txt must be of the same tokenizer",
    });
  }
}

function withMerged(symbols: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const isPair = symbols[i] === left && symbols[i + 1] === right;
    out.push(isPair ? left + right : symbols[i]);
    if (isPair) i++;
  }
  return out;
}

function idsOf(merges: readonly Merge[]): Map<string, number> {
  const tokens = [
    ...symbolsById,
    ...symbolsById.map((symbol) => `${symbol}</w>`),
    ...merges.map(([left, right]) => left + right),
    start,
    end,
  ];
  return new Map(tokens.map((token, id) => [token, id]));
}
