export { setWasmPath } from "#runtime/onnxruntime";
