import { FoveaError } from "../../../errors/fovea-error.ts";
import { nearest } from "../../../errors/nearest.ts";
import { hostTensor, type HostTensor } from "../../../graph/dtype.ts";

/** Words of the captions of the world's scene `u-vit`. */
export const worldWords = [
  ...["small", "large", "striped", "on"],
  ...["red", "green", "blue", "yellow", "magenta", "cyan"],
  ...["disc", "square", "triangle", "cross", "ring", "diamond", "horizontal", "vertical", "bar"],
] as const;

/** Ids of a closed vocabulary: the words, then begin, then end, which is the padding as well and the largest id. */
export const vocabularySize = (words: readonly string[]): number => words.length + 2;

/**
 * Texts as ids, int64 [n, length]: begin, words, end to the last place. Words are told apart by blanks; case is ignored.
 *
 * @throws FoveaError (exit code 2) for an unknown word, with the nearest known one, and for a text that is too long
 */
export function tokenIds(texts: readonly string[], words: readonly string[], length: number): HostTensor<"int64"> {
  const [begin, end] = [words.length, words.length + 1];
  const ids = new BigInt64Array(texts.length * length).fill(BigInt(end));
  texts.forEach((text, row) => {
    const found = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    if (found.length + 2 > length)
      throw new FoveaError(
        "u-vit/text",
        `${JSON.stringify(text)}: ${found.length} words, at most ${length - 2} are read`,
        {
          exitCode: 2,
        },
      );
    [begin, ...found.map((word) => idOf(word, words))].forEach((id, place) => (ids[row * length + place] = BigInt(id)));
  });
  return hostTensor("int64", [texts.length, length], ids);
}

function idOf(word: string, words: readonly string[]): number {
  const id = words.indexOf(word);
  if (id >= 0) return id;
  const guess = nearest(word, words);
  throw new FoveaError("u-vit/text", `the text encoder does not know the word ${JSON.stringify(word)}`, {
    hint: guess === undefined ? `it knows ${words.join(", ")}` : `did you mean ${guess}? It knows ${words.join(", ")}`,
    exitCode: 2,
  });
}
