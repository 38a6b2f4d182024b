/**
 * Layer number of a parameter for layer-wise learning-rate decay: mask token and patch embedding 0, block i of the whole
 * network i + 1, the merging of a stage that of its last block, everything else (final norm, head, absolute positions,
 * a stage's shared bias) blocks + 1. Prefixes (`encoder.`) do not matter. Source: data-scaling section 4.3.
 */
export function swinLayerOf(name: string, depths: readonly number[]): number {
  const before = (stage: number): number => depths.slice(0, stage).reduce((sum, depth) => sum + depth, 0);
  if (/(^|\.)(mask_token|patch_embed)(\.|$)/.test(name)) return 0;
  const block = /(?:^|\.)layers\.(\d+)\.blocks\.(\d+)\./.exec(name);
  if (block !== null) return before(Number(block[1])) + Number(block[2]) + 1;
  const merging = /(?:^|\.)layers\.(\d+)\.downsample\./.exec(name);
  return before(merging === null ? depths.length : Number(merging[1]) + 1) + (merging === null ? 1 : 0);
}
