-- Creates on Assembly whose answer has not come are few, and every object that nobody knows is held against them.
CREATE INDEX IF NOT EXISTS "ix_ffs_assembly_create" ON "file_folder_sync" ("channel_sync_id", "assembly_create_path")
  WHERE "assembly_create_path" IS NOT NULL AND "deleted_at" IS NULL;
