-- A folder that was rebuilt elsewhere on Assembly leaves its old self there until all has left it. It lives where the folder
-- lives now, however often that moves on.
ALTER TABLE "file_folder_sync" ADD COLUMN "old_self_of" UUID;
UPDATE "file_folder_sync" old SET "old_self_of" = f."id" FROM "file_folder_sync" f
  WHERE old."object" = 'folder' AND old."base_at" IS NOT NULL AND old."dbx_file_id" IS NULL AND old."deleted_at" IS NULL
    AND old."pending_action" = 'delete' AND f."channel_sync_id" = old."channel_sync_id" AND f."object" = 'folder'
    AND f."item_path" = old."item_path" AND f."deleted_at" IS NULL AND f."id" <> old."id";
CREATE INDEX IF NOT EXISTS "ix_ffs_old_self" ON "file_folder_sync" ("old_self_of")
  WHERE "old_self_of" IS NOT NULL AND "deleted_at" IS NULL;
