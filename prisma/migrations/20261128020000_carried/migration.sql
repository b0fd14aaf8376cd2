-- A move of ours carries along what was last seen below the folder. Until Dropbox itself tells of it where it is now, whatever
-- somebody did to it just before is told by its old place: `carried_from`, below the folder's own, `carried_with`.
ALTER TABLE "dbx_seen" ADD COLUMN IF NOT EXISTS "carried_from" TEXT;
ALTER TABLE "dbx_seen" ADD COLUMN IF NOT EXISTS "carried_with" TEXT;
CREATE INDEX IF NOT EXISTS "ix_dbx_seen_carried" ON "dbx_seen" ("channel_sync_id", "carried_from" text_pattern_ops)
  WHERE "carried_from" IS NOT NULL;
