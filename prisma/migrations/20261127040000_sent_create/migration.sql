-- Where and when a create was sent to Assembly whose answer has not come: what it may have made has an id that nobody
-- knows, and can't be anything that was seen before.
ALTER TABLE "file_folder_sync" ADD COLUMN "assembly_create_path" TEXT, ADD COLUMN "assembly_create_at" TIMESTAMPTZ;
ALTER TABLE "file_folder_sync" ADD CONSTRAINT "ck_ffs_sent_create"
  CHECK (("assembly_create_path" IS NULL) = ("assembly_create_at" IS NULL));
ALTER TABLE "assembly_seen" ADD COLUMN "first_seen_at" TIMESTAMPTZ NOT NULL DEFAULT now();
UPDATE "assembly_seen" SET "first_seen_at" = "seen_at";
-- What was under way when this was installed may have sent one.
UPDATE "file_folder_sync" SET "assembly_create_path" = coalesce("operation" ->> 'path', "item_path"),
       "assembly_create_at" = "pending_since"
WHERE "deleted_at" IS NULL AND "object" = 'file' AND "pending_action" IN ('create', 'update', 'move')
  AND "pending_action_target" = 'assembly' AND "pending_since" IS NOT NULL
  AND ("operation" IS NOT NULL OR "pending_action_last_attempt_at" IS NOT NULL);
