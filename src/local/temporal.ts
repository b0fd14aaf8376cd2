/** The local Temporal server: where its binary comes from, and running it. */
export { type EnsureTemporalOptions, ensureTemporal, type TemporalBinary } from './temporalBinary';
export { type RunningTemporal, type StartTemporalOptions, startTemporal } from './temporalServer';
