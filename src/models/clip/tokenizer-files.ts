import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { decodeUtf8, parseJson } from "../../files/json.ts";
import { inflateGzip, isGzip } from "../../formats/gzip.ts";
import { ClipTokenizer, type Merge } from "./tokenizer.ts";

/** Merges of CLIP's vocabulary: 49,408 ids less 512 symbols, start and end. The file lists 262,144. */
const CLIP_MERGES = 48_894;

/** The most bytes of such a file: OpenAI's has 3.2 MB. */
const MOST_BYTES = 2 ** 26;

/**
 * A tokenizer from files that OpenAI and Hugging Face publish: `bpe_simple_vocab_16e6.txt`, also as `.gz`, alone; or
 * `merges.txt` with `vocab.json`.
 *
 * @param merges one pair of symbols in a line, below a line with `#version`
 * @param vocabulary a JSON object from token to id
 * @throws FoveaError naming file and line
 */
export function readClipTokenizer(merges: ByteSource, vocabulary?: ByteSource): ClipTokenizer {
  const pairs = parseMerges(textOf(merges), merges.name);
  return vocabulary === undefined ? new ClipTokenizer(pairs) : new ClipTokenizer(pairs, idsOf(vocabulary));
}

function textOf(source: ByteSource): string {
  if (source.size > MOST_BYTES)
    throw new FoveaError("tokenizer/file", `${source.name}: ${source.size} bytes are no list of merges`);
  const bytes = source.read(0, source.size);
  return decodeUtf8(isGzip(bytes) ? inflateGzip(bytes, source.name, MOST_BYTES) : bytes, source.name);
}

function parseMerges(text: string, name: string): Merge[] {
  const lines = text.split("\n");
  const first = lines[0].includes("#version") ? 1 : 0;
  const merges: Merge[] = [];
  for (let i = first; i < lines.length && merges.length < CLIP_MERGES; i++) {
    const line = lines[i].replace(/\r$/, "");
    if (line === "" && lines.slice(i).every((rest) => rest.trim() === "")) break;
    const parts = line.split(" ");
    if (parts.length !== 2 || parts.includes("")) {
      throw new FoveaError("tokenizer/merges", `${name}:${i + 1}: ${JSON.stringify(line)} is not two symbols`, {
        hint: "CLIP's list is bpe_simple_vocab_16e6.txt, or merges.txt of its Hugging Face model",
      });
    }
    merges.push([parts[0], parts[1]]);
  }
  return merges;
}

function idsOf(source: ByteSource): Map<string, number> {
  const json = parseJson(source.read(0, source.size), { name: source.name });
  const entries = typeof json === "object" && json !== null && !Array.isArray(json) ? Object.entries(json) : [];
  const wrong = entries.find(([, id]) => !Number.isInteger(id));
  if (entries.length === 0 || wrong !== undefined) {
    const found = wrong === undefined ? "nothing" : `${wrong[0]}: ${JSON.stringify(wrong[1])}`;
    throw new FoveaError(
      "tokenizer/vocabulary",
      `${source.name}: a vocabulary maps tokens to whole numbers, got ${found}`,
    );
  }
  return new Map(entries as [string, number][]); // checked above
}
