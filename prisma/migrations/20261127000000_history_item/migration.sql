-- An entry of the history belongs to an item of the same portal and sync, as everything else does.
ALTER TABLE "sync_history" ADD CONSTRAINT "fk_history_item"
    FOREIGN KEY ("portal_id", "channel_sync_id", "item_id")
    REFERENCES "file_folder_sync" ("portal_id", "channel_sync_id", "id");
CREATE INDEX IF NOT EXISTS "ix_history_item" ON "sync_history" ("item_id");
