/** One thing that was looked at; `advice` says what to do where it is not well. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly advice?: string;
}

export const good = (check: string, found: string): Finding => ({ check, ok: true, found });
export const bad = (check: string, found: string, advice: string): Finding => ({
  check,
  ok: false,
  found,
  advice,
});
