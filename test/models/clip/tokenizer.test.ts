import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "../../../src/files/byte-source.ts";
import { cleanText } from "../../../src/models/clip/clean-text.ts";
import type { ClipTokenizer } from "../../../src/models/clip/tokenizer.ts";
import { readClipTokenizer } from "../../../src/models/clip/tokenizer-files.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const list = '"bpe#version: 0.2\nc a\nca t</w>\nd o\ndo g</w>\n';
const tokenizer = readClipTokenizer(memorySource(bytes(list), "merges.txt"));

test("ids are 256 symbols, the same at a word's end, the merges, start and end", () => {
  expect(tokenizer.vocabulary).toBe(512 + 4 + 2);
  expect([tokenizer.startId, tokenizer.endId]).toEqual([516, 517]);
  // printable bytes come first: "!" is 0, "a" 64; a space's symbol stands behind the 188 printable ones and 32 others
  expect(tokenizer.encode("! a")).toEqual([256, 256 + 64]);
  expect(tokenizer.encode("cat")).toEqual([513]);
  expect(tokenizer.encode("cats")).toEqual([512, 83, 256 + 82]); // ca t s</w>
  expect(tokenizer.encode("DOG")).toEqual([515]);
});

test("words are split at English endings, digits and changes of kind", () => {
  const words = (text: string): string => tokenizer.decode(tokenizer.encode(text));
  expect(words("it's 42 dogs_I'll!?")).toBe("it 's 4 2 dogs _ i 'll !?");
  expect(words("a<|endoftext|>")).toBe("a <|endoftext|>");
});

test("text is repaired, unescaped twice, lower-cased and its white space collapsed", () => {
  expect(cleanText("  Tom &amp;amp; JERRY\u00a0\n x ")).toBe("tom & jerry x");
  expect(cleanText("\u201cﬁne\u201d \u2018x\u2019 \uff21 e\u0301 &#39;&#x41;&eacute;&unknown;")).toBe(
    "\"fine\" 'x' a é 'aé&unknown;",
  );
});

test("texts become rows of start, ids, end and zeros; a text that is cut keeps its end", () => {
  const { shape, data } = tokenizer.tokenize(["cat", "cat dog cat dog"], 4);
  expect(shape).toEqual([2, 4]);
  expect([...data].map(Number)).toEqual([516, 513, 517, 0, 516, 513, 515, 517]);
});

test("decoding gives back every word of a cleaned text", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z\u00e0-\u00f6\u00f8-\u00ff\u4e00-\u4e10 ]*$/), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(cleanText(text));
    }),
  );
});

test("the list may be gzipped, or come with a vocabulary that numbers the tokens otherwise", () => {
  const zipped = readClipTokenizer(memorySource(gzipSync(list), "bpe.txt.gz"));
  expect(zipped.encode("cat dog")).toEqual([513, 515]);
  const ids = { "cat</w>": 7, "<|startoftext|>": 8, "<|endoftext|>": 9 };
  const named = readClipTokenizer(
    memorySource(bytes(list), "merges.txt"),
    memorySource(bytes(JSON.stringify(ids)), "vocab.json"),
  );
  expect([...named.tokenize(["cat"], 4).data].map(Number)).toEqual([8, 7, 9, 0]);
  expect(() => named.encode("dog")).toThrow('the vocabulary lacks the token "dog</w>"');
});

test("files that are none are refused with file and line", () => {
  const read = (text: string): ClipTokenizer => readClipTokenizer(memorySource(bytes(text), "merges.txt"));
  expect(() => read("#version\na b\nc\n")).toThrow('merges.txt:3: "c" is not two symbols');
  expect(() => readClipTokenizer(memorySource(gzipSync(list).subarray(0, 30), "bpe.txt.gz"))).toThrow(
    /^bpe\.txt\.gz: /,
  );
  expect(() =>
    readClipTokenizer(memorySource(bytes(list), "m"), memorySource(bytes('{"a": 1.5}'), "vocab.json")),
  ).toThrow("vocab.json: a vocabulary maps tokens to whole numbers, got a: 1.5");
});
