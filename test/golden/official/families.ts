import { simMimVit } from "./families/simmim-vit.ts";
import { swin } from "./families/swin.ts";
import type { OfficialFamily } from "./official-family.ts";

/** Official models that we have. A case is run by the first that fits. */
export const officialFamilies: readonly OfficialFamily[] = [swin, simMimVit];
