-- Each plan asks for names that collided, and each pass that ends for what is not synced: few among many items.
CREATE INDEX IF NOT EXISTS "ix_ffs_unsynced" ON "file_folder_sync" ("channel_sync_id", "pending_action_error_code")
  WHERE "pending_action" IS NULL AND "pending_action_error_code" IS NOT NULL AND "deleted_at" IS NULL;
