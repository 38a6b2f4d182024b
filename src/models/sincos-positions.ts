import { FoveaError } from "../errors/fovea-error.ts";
import type { Initialiser } from "../nn/initialisers.ts";

/**
 * Fixed positions of a P×P grid: [1, prefix + P·P, D], zero for the prefix tokens. A patch in row r and column c gets
 * (sin c·ω, cos c·ω, sin r·ω, cos r·ω), each of D/4 values, ωᵢ = 10000^(−i/(D/4)).
 * Source: MAE (arXiv 2111.06377), util/pos_embed.py: the column comes first.
 *
 * In a clip every frame has the same. @param prefix tokens before the patches: 1 with a class token
 * @throws FoveaError when D is no multiple of 4
 */
export const sincosPositions =
  (side: number, prefix: number): Initialiser =>
  (data, shape) => {
    const dim = shape[shape.length - 1];
    if (dim % 4 !== 0) throw new FoveaError("models/positions", `sin-cos positions need a width of 4·n, got ${dim}`);
    const quarter = dim / 4;
    const grid = side ** 2 * dim;
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const at = (prefix + row * side + column) * dim;
        for (let i = 0; i < quarter; i++) {
          const frequency = 10000 ** (-i / quarter);
          data[at + i] = Math.sin(column * frequency);
          data[at + quarter + i] = Math.cos(column * frequency);
          data[at + 2 * quarter + i] = Math.sin(row * frequency);
          data[at + 3 * quarter + i] = Math.cos(row * frequency);
        }
      }
    }
    // further frames of a clip stand where the first one does
    for (let at = prefix * dim + grid; at < data.length; at += grid)
      data.copyWithin(at, prefix * dim, prefix * dim + grid);
  };
