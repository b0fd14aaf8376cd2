-- The item's last workflow ended in red. Where nothing is owed any more it is run once again, so that the Web UI says so.
ALTER TABLE "file_folder_sync" ADD COLUMN "failed_run" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS "ix_ffs_failed_run" ON "file_folder_sync" ("channel_sync_id") WHERE "failed_run";
