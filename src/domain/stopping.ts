/**
 * How long the answer to "may this sync write?" is good for, in milliseconds: a request goes out only while it is.
 * Whoever stops a sync answers only after the longer time, so that no write begins after the answer (I7).
 */
export const PERMISSION_MS = 100;
export const STOPPED_AFTER_MS = 250;
