-- Creates on Dropbox whose answer has not come are few, and every new file of Dropbox is held against them.
CREATE INDEX IF NOT EXISTS "ix_ffs_sent_upload" ON "file_folder_sync" ("channel_sync_id")
  WHERE "dbx_create_key" IS NOT NULL AND "deleted_at" IS NULL;
