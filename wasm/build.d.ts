/** SHA-256 of all sources, by which a test sees kernels that are older than they. */
export function sourcesHash(): string;
