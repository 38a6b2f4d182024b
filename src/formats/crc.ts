/** CRC-32 of `bytes` (ISO 3309, reflected polynomial 0xEDB88320): what PNG, zip and gzip use. Unsigned 32 bits. */
export const crc32 = (bytes: Uint8Array): number => checksum(ieee, bytes);

/** CRC-32C of `bytes` (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 §12.1). Unsigned 32 bits. */
export const crc32c = (bytes: Uint8Array): number => checksum(castagnoli, bytes);

const ieee = tableOf(0xedb88320);
const castagnoli = tableOf(0x82f63b78);

function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

function checksum(table: Uint32Array, bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
