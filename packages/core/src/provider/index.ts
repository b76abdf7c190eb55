/**
 * What providers and their simulators share besides the poller. For authors of sources: no application needs it.
 *
 * @packageDocumentation
 */
export { type FrameLimits, FrameReader } from "./frame-reader.js";
export { PortBlocks } from "./port-blocks.js";
export { type SimulatedClient, SimulatedPort, type SimulatedPortOptions, type SimulatedTls } from "./simulated-port.js";
export { type PemTls, type TlsProblem, tlsProblem } from "./tls-problem.js";
