-- An operation was opened, its worker died, and what has been seen since owes nothing any more: it is run once again, to be
-- closed.
CREATE INDEX IF NOT EXISTS "ix_ffs_left_open" ON "file_folder_sync" ("channel_sync_id")
  WHERE "operation" IS NOT NULL AND "pending_action" IS NULL AND "deleted_at" IS NULL;
