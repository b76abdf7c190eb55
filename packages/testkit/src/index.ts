/**
 * For tests of anything that is built on Rollcall: conformance suites for sources and sinks, time that a test controls,
 * a source whose answers a test writes, a sink that remembers, and a proxy that breaks connections.
 *
 * @packageDocumentation
 */
export type { ChaosBehaviour } from "./chaos-behaviour.js";
export { type ChaosProxy, chaosProxy } from "./chaos-proxy.js";
export { ManualClock, settle } from "./manual-clock.js";
export { RecordingSink, recordingSink } from "./recording-sink.js";
export { ConformanceError, type Observed, type Rule } from "./rule.js";
export type { RegisterTest, Runner } from "./runner.js";
export { answer, hang, member, type Script, type ScriptedAnswer, ScriptedSource, scriptedSource } from "./scripted-source.js";
export type { Address, SinkCapabilities, SinkHarness } from "./sink/sink-harness.js";
export { sinkConformance } from "./sink-conformance.js";
export type { SourceCapabilities, SourceHarness } from "./source/source-harness.js";
export { sourceConformance } from "./source-conformance.js";
