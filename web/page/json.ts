import type { z } from 'zod';
import type {
  ChannelBody,
  ConnectionBody,
  FolderBody,
  HistoryBody,
  ItemBody,
  PortalBody,
  PreviewBody,
  ProblemBody,
  SyncBody,
  UsageBody,
} from '../../src/api/schemas';

/** What the API answers, from the schemas that it answers with; types alone, so that nothing of them is bundled. */

export type Connection = z.infer<typeof ConnectionBody>;
export type Sync = z.infer<typeof SyncBody>;
export type Progress = Sync['progress'];
export type Portal = z.infer<typeof PortalBody>;
export type Item = z.infer<typeof ItemBody>;
export type ItemState = Item['state'];
export type HistoryEntry = z.infer<typeof HistoryBody>;
export type Channel = z.infer<typeof ChannelBody>;
export type Folder = z.infer<typeof FolderBody>;
export type Preview = z.infer<typeof PreviewBody>;
export type Usage = z.infer<typeof UsageBody>;
export type Problem = z.infer<typeof ProblemBody>;
export interface List<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}
