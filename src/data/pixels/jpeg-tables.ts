import type { HuffmanTable } from "./jpeg-header.ts";

/** Bits that one look covers, as in wasm/jpeg-scan.ts. */
const lookBits = 10;
const directFlag = 0x1000;

/** 32-bit words of a table in memory: 1024 looks, 17 largest codes, 17 offsets, each with one spare, and the symbols. */
export const tableWords = 1024 + 18 + 18 + 64;

/**
 * Writes a table as `decodeScan` reads it. A look is, where a code of at most 10 bits begins it, length | symbol << 16; with
 * `values`, where the value's bits are in sight too, length of both | run << 8 | flag | value << 16; else 0. A code of
 * length n is longer than `lookBits` where it is at most largest[n], and has the symbol number code + offset[n].
 */
export function writeTable(words: Int32Array, { counts, symbols }: HuffmanTable, values: boolean): void {
  words.fill(0, 0, tableWords);
  new Uint8Array(words.buffer, words.byteOffset + 4 * (1024 + 36), 256).set(symbols);
  let [code, place] = [0, 0];
  for (let length = 1; length <= 16; length++, code <<= 1) {
    const count = counts[length - 1];
    words[1024 + length] = count === 0 ? -1 : code + count - 1;
    words[1024 + 18 + length] = place - code;
    for (let i = 0; i < count; i++, code++, place++) {
      if (length <= lookBits) writeLooks(words, code, length, symbols[place], values);
    }
  }
}

/** All looks that begin with the code. */
function writeLooks(words: Int32Array, code: number, length: number, symbol: number, values: boolean): void {
  const free = lookBits - length;
  const [run, size] = [symbol >> 4, symbol & 15];
  for (let rest = 0; rest < 1 << free; rest++) {
    const look = (code << free) | rest;
    if (values && size > 0 && size <= free) {
      const bits = rest >> (free - size);
      const value = bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
      words[look] = (value << 16) | directFlag | (run << 8) | (length + size);
    } else words[look] = (symbol << 16) | length;
  }
}
