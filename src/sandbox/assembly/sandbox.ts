import type { Blobs } from './blobs';
import type { CallLog } from './callLog';
import type { Clock } from './clock';
import type { Delivery } from './events/delivery';
import type { Faults } from './faults';
import type { FolderRaces } from './objects/folderRaces';
import type { StalePaths } from './objects/stalePaths';
import type { Presigner } from './presign';
import type { Sessions } from './sessions';
import type { Store } from './state/store';
import type { AssemblySwitches } from './switches';
import type { Timers } from './timers';

/** What every part of the simulator works on. */
export interface Sandbox {
  readonly apiKey: string;
  readonly clock: Clock;
  /** Current values; replaced as a whole by the control route. */
  switches: AssemblySwitches;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly presign: Presigner;
  readonly delivery: Delivery;
  readonly timers: Timers;
  readonly folderRaces: FolderRaces;
  readonly stalePaths: StalePaths;
  readonly sessions: Sessions;
  readonly log: CallLog;
  readonly faults: Faults;
  readonly limiter: { admit(scope: string): boolean };
  readonly quota: { spend(scope: string, quota: number): boolean };
}
