-- The key of the path where a create was sent to Dropbox whose answer has not come: a file that appears there is what it
-- made, wherever the item is to live by then.
ALTER TABLE "file_folder_sync" ADD COLUMN "dbx_create_key" TEXT;
CREATE INDEX IF NOT EXISTS "ix_ffs_dbx_create" ON "file_folder_sync" ("channel_sync_id", "dbx_create_key" text_pattern_ops)
  WHERE "dbx_create_key" IS NOT NULL AND "deleted_at" IS NULL;
