import type { AssemblyClient } from '../assembly/types';
import type { DropboxClient } from '../dropbox/types';

/** The remote clients of each portal, made on first use from its own credentials and never shared with another. */
export interface Remotes {
  /** Rejects with `CairnError('not_connected')` where the portal has no usable connection. */
  dropbox(portalId: string): Promise<DropboxClient>;
  assembly(portalId: string): AssemblyClient;
  /** Drops what is cached for a portal: its connection has changed. */
  forget(portalId: string): void;
}
