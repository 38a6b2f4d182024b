import { bundledProviders, coreCount, deviceNames, runtimeName, runtimeVersion } from "#runtime/onnxruntime";

/** The installed ONNX Runtime: for `doctor` and for the record of a run. */
export const installation = () => ({
  name: runtimeName,
  version: runtimeVersion(),
  devices: deviceNames as readonly string[],
  providers: bundledProviders(),
  cores: coreCount(),
});
