import type { Asked } from '../http/call';
import type { Reply } from '../http/reply';
import type { Sandbox } from '../sandbox';

export interface ControlRoute {
  readonly method: string;
  /** Below `/control`. */
  readonly path: string;
  /** Also matches what lies below the path, which is then an id. */
  readonly withId?: boolean;
  readonly handle: (sandbox: Sandbox, call: Asked) => Reply | Promise<Reply>;
}
