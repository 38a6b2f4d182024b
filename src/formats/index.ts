export { parseSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";
export { writeSafetensors } from "./safetensors-writer.ts";
