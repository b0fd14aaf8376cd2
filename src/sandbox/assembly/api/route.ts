import type { Call } from '../http/call';
import type { Reply } from '../http/reply';
import type { Sandbox } from '../sandbox';
import type { Workspace } from '../state/records';

/** A call whose key has been checked. */
export interface ApiCall {
  readonly call: Call;
  readonly workspace: Workspace;
  /** What stands for `{id}` in the path, as sent. */
  readonly id: string;
}

export interface ApiRoute {
  /** `GET /v1/files/{id}`: the name in the call log and in fault rules. */
  readonly name: string;
  readonly handle: (sandbox: Sandbox, call: ApiCall) => Reply | Promise<Reply>;
}
