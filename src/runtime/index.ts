export { compile, type CompileOptions, type Executable, type RunOptions } from "./compile.ts";
export { resolveDevice, type Device, type DeviceName, type DeviceOptions } from "./device.ts";
export { ResidentState } from "./resident-state.ts";
export { installation } from "./installation.ts";
export { setWasmPath } from "./wasm-path.ts";
export { memoryReport, type MemoryReport } from "./memory-report.ts";
