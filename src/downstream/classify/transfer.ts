import type { HostTensor } from "../../graph/dtype.ts";
import type { BeitClassifier } from "../../models/beit.ts";
import { loadInitialWeights, matchWeights, type MatchedWeights } from "../../train/initial-weights.ts";

/** Parts of a classifier that are new when pre-trained weights go in: what stands behind the blocks. */
const ownPart = /^(fc_norm|head)\./;

/**
 * Weights for a classifier from a run or file: of a pre-training `encoder.` is dropped, the decoder, the mask token and
 * the final norm are left, norm and head of the classifier are new; of another classifier everything is taken, but the
 * head where the number of classes differs. Strict for the rest. Source: data-scaling sections 3.7 and 4.3.
 *
 * @throws FoveaError that lists what is missing or misshapen
 */
export function transferredWeights(network: BeitClassifier, from: string): MatchedWeights {
  const values = loadInitialWeights(from);
  const isPreTrained = [...values.keys()].some((name) => name.startsWith("encoder."));
  return isPreTrained
    ? matchWeights(network, withTablePerBlock(encoderOf(values), network.blocks.length), {
        rename: (name) => (/^(mask_token|norm\.|decoder\.|rel_pos_bias\.)/.test(name) ? undefined : name),
        isNew: (name) => ownPart.test(name),
      })
    : matchWeights(network, values, { isNew: (name) => name.startsWith("head.") });
}

/** `encoder.blocks.0…` → `blocks.0…`; other names stay, so that the report lists what is left. */
function encoderOf(values: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  return new Map([...values].map(([name, value]) => [name.replace(/^encoder\./, ""), value]));
}

/** The table of relative biases that all blocks share in pre-training, copied to each. */
function withTablePerBlock(values: ReadonlyMap<string, HostTensor>, blocks: number): Map<string, HostTensor> {
  const table = values.get("rel_pos_bias.relative_position_bias_table");
  if (table === undefined) return new Map(values);
  const copies = Array.from({ length: blocks }, (_, i): [string, HostTensor] => [
    `blocks.${i}.attn.relative_position_bias_table`,
    table,
  ]);
  return new Map([...values, ...copies]);
}
