/** A crash of the process: nothing after it runs, the failure is not written down. */
export class Crash extends Error {}
