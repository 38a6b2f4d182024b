/** Bytes that stand for themselves as printable characters, in the order of their ids. */
const printable = [range(33, 126), range(161, 172), range(174, 255)].flat();

/** The character that a byte becomes in byte-pair vocabularies of GPT-2's kind: printable ones stay, others move up. */
export const byteSymbols: readonly string[] = (() => {
  const symbols = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const others = range(0, 255).filter((byte) => !printable.includes(byte));
  others.forEach((byte, i) => (symbols[byte] = String.fromCharCode(256 + i)));
  return symbols;
})();

/** The 256 symbols in the order of their ids: the printable bytes first. */
export const symbolsById: readonly string[] = [
  ...printable.map((byte) => byteSymbols[byte]),
  ...range(0, 255)
    .filter((byte) => !printable.includes(byte))
    .map((byte) => byteSymbols[byte]),
];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
