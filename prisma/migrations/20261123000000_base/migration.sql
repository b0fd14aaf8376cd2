-- The base of Cairn. Hand-written where Prisma has no words: partial indexes, CHECKs, the deferrable path rule,
-- composite foreign keys that keep a row's children inside its own portal. prisma/schema.prisma mirrors the columns.

CREATE TABLE "dropbox_connections" (
    "id"                UUID        NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    "portal_id"         TEXT        NOT NULL,
    "account_id"        TEXT        NOT NULL,
    "email"             TEXT,
    -- Ciphertext; the row's portal is its associated data. Erased on disconnect.
    "refresh_token"     TEXT,
    "root_namespace_id" TEXT,
    "home_namespace_id" TEXT,
    "status"            TEXT        NOT NULL DEFAULT 'connected',
    "connected_at"      TIMESTAMPTZ NOT NULL DEFAULT now(),
    "created_at"        TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at"        TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT "ck_connection_status" CHECK ("status" IN ('connected', 'needs_reauth', 'disconnected')),
    CONSTRAINT "ck_connection_token" CHECK (("status" = 'disconnected') = ("refresh_token" IS NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS "uq_dropbox_connections_portal" ON "dropbox_connections" ("portal_id");
CREATE INDEX IF NOT EXISTS "ix_dropbox_connections_account" ON "dropbox_connections" ("account_id");

-- One row per started OAuth dance; deleted when used. `state_hash` is a hash: the row alone finishes nothing.
CREATE TABLE "oauth_states" (
    "state_hash"    TEXT        NOT NULL PRIMARY KEY,
    "portal_id"     TEXT        NOT NULL,
    "browser_hash"  TEXT        NOT NULL,
    "code_verifier" TEXT        NOT NULL,
    "expires_at"    TIMESTAMPTZ NOT NULL
);

CREATE TABLE "channel_sync" (
    "id"                   UUID        NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    "portal_id"            TEXT        NOT NULL,
    "dbx_account_id"       TEXT        NOT NULL,
    "assembly_channel_id"  TEXT        NOT NULL,
    "dbx_root_path"        TEXT        NOT NULL,
    -- Key of dbx_root_path: two spellings of one folder are one mapping.
    "dbx_root_key"         TEXT        NOT NULL,
    "dbx_root_id"          TEXT        NOT NULL,
    "dbx_cursor"           TEXT,
    -- Number of the full listing that is under way (odd while one is), so that a crash resumes it.
    "dbx_look"             INTEGER     NOT NULL DEFAULT 0,
    "dbx_look_open"        BOOLEAN     NOT NULL DEFAULT false,
    "dbx_observed_at"      TIMESTAMPTZ,
    "assembly_look"        INTEGER     NOT NULL DEFAULT 0,
    "assembly_look_open"   BOOLEAN     NOT NULL DEFAULT false,
    "assembly_next_token"  TEXT,
    "assembly_look_at"     TIMESTAMPTZ,
    "assembly_observed_at" TIMESTAMPTZ,
    -- A full look at both sides is wanted: mapping, resync, resume, cursor reset.
    "look_wanted"          BOOLEAN     NOT NULL DEFAULT true,
    "state"                TEXT        NOT NULL DEFAULT 'initial',
    "halt_reason"          TEXT,
    "halt_id"              UUID,
    "halt_items"           JSONB,
    "approved_halt_id"     UUID,
    "resyncing"            BOOLEAN     NOT NULL DEFAULT false,
    "resync_key"           TEXT,
    "generation"           INTEGER     NOT NULL DEFAULT 1,
    "last_synced_at"       TIMESTAMPTZ,
    "last_converged_at"    TIMESTAMPTZ,
    "last_error"           TEXT,
    "last_error_code"      TEXT,
    "created_at"           TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at"           TIMESTAMPTZ NOT NULL DEFAULT now(),
    "deleted_at"           TIMESTAMPTZ,
    CONSTRAINT "ck_sync_state" CHECK ("state" IN ('initial', 'active', 'paused', 'halted', 'removed')),
    CONSTRAINT "ck_sync_halt" CHECK (("state" = 'halted') = ("halt_reason" IS NOT NULL)),
    CONSTRAINT "ck_sync_removed" CHECK (("state" = 'removed') = ("deleted_at" IS NOT NULL)),
    CONSTRAINT "uq_channel_sync_portal" UNIQUE ("portal_id", "id")
);
CREATE UNIQUE INDEX IF NOT EXISTS "uq_channel_sync_channel"
    ON "channel_sync" ("portal_id", "assembly_channel_id") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "uq_channel_sync_root"
    ON "channel_sync" ("portal_id", "dbx_root_id") WHERE "deleted_at" IS NULL;
CREATE INDEX IF NOT EXISTS "ix_channel_sync_account" ON "channel_sync" ("dbx_account_id") WHERE "deleted_at" IS NULL;

CREATE TABLE "file_folder_sync" (
    "id"                             UUID        NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    "portal_id"                      TEXT        NOT NULL,
    "channel_sync_id"                UUID        NOT NULL,
    "object"                         TEXT        NOT NULL,

    -- Where the item lives, or is on its way to, in the tree that both sides share.
    "item_path"                      TEXT        NOT NULL,
    -- Key of item_path, computed in TypeScript. Null where the item claims no place: it is being deleted, or it
    -- collides with another item and waits for a rename.
    "path_key"                       TEXT,
    "pinned"                         BOOLEAN     NOT NULL DEFAULT false,
    "conflict_copy"                  BOOLEAN     NOT NULL DEFAULT false,

    -- The base: what both sides last agreed on. Null base_at: never agreed.
    "base_at"                        TIMESTAMPTZ,
    "content_hash"                   TEXT,
    "size"                           BIGINT,
    "dbx_file_id"                    TEXT,
    "dbx_rev"                        TEXT,
    "dbx_path"                       TEXT,
    "assembly_file_id"               TEXT,
    "assembly_path"                  TEXT,
    "assembly_version"               TEXT,

    -- The tombstone: the remote effect that is owed.
    "pending_action"                 TEXT,
    "pending_action_target"          TEXT,
    "pending_action_attempts"        INTEGER     NOT NULL DEFAULT 0,
    "pending_action_last_attempt_at" TIMESTAMPTZ,
    "pending_action_last_error"      TEXT,
    "pending_action_error_code"      TEXT,
    "pending_rule"                   INTEGER,
    "pending_since"                  TIMESTAMPTZ,
    "origin"                         TEXT        NOT NULL DEFAULT 'initial',
    -- The operation as it was opened, until it is settled: what apply carries out and settle records.
    "operation"                      JSONB,
    "operation_serial"               BIGINT      NOT NULL DEFAULT 0,
    -- An object that this item has made on Assembly and not yet settled.
    "assembly_upload_id"             TEXT,
    -- The Dropbox revision whose bytes that object gets: it is adopted only for these.
    "assembly_upload_source"         TEXT,
    -- The source as it was when a target refused it for good: no new try until it differs.
    "refused_source"                 TEXT,
    -- Something was observed since the last plan.
    "dirty"                          BOOLEAN     NOT NULL DEFAULT false,

    "generation"                     INTEGER     NOT NULL DEFAULT 1,
    "created_at"                     TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at"                     TIMESTAMPTZ NOT NULL DEFAULT now(),
    "deleted_at"                     TIMESTAMPTZ,

    CONSTRAINT "fk_ffs_sync" FOREIGN KEY ("portal_id", "channel_sync_id")
        REFERENCES "channel_sync" ("portal_id", "id") ON DELETE CASCADE,
    CONSTRAINT "uq_ffs_portal" UNIQUE ("portal_id", "channel_sync_id", "id"),
    CONSTRAINT "ck_ffs_object" CHECK ("object" IN ('file', 'folder')),
    CONSTRAINT "ck_ffs_item_path" CHECK ("item_path" LIKE '/%'),
    CONSTRAINT "ck_ffs_action" CHECK ("pending_action" IN ('create', 'update', 'move', 'delete')),
    CONSTRAINT "ck_ffs_target" CHECK ("pending_action_target" IN ('dropbox', 'assembly')),
    CONSTRAINT "ck_ffs_pending_both_or_neither"
        CHECK (("pending_action" IS NULL) = ("pending_action_target" IS NULL)),
    CONSTRAINT "ck_ffs_pending_alive" CHECK ("pending_action" IS NULL OR "deleted_at" IS NULL),
    CONSTRAINT "ck_ffs_attempts" CHECK ("pending_action_attempts" >= 0),
    -- Two items may swap names in one transaction, so the rule is checked at commit. A null key excludes nothing.
    CONSTRAINT "ex_ffs_path" EXCLUDE USING btree
        ("portal_id" WITH =, "channel_sync_id" WITH =, "path_key" WITH =)
        WHERE ("deleted_at" IS NULL) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX IF NOT EXISTS "uq_ffs_assembly_file_id"
    ON "file_folder_sync" ("portal_id", "channel_sync_id", "assembly_file_id")
    WHERE "deleted_at" IS NULL AND "assembly_file_id" IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "uq_ffs_dbx_file_id"
    ON "file_folder_sync" ("portal_id", "channel_sync_id", "dbx_file_id")
    WHERE "deleted_at" IS NULL AND "dbx_file_id" IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "uq_ffs_assembly_upload_id"
    ON "file_folder_sync" ("portal_id", "channel_sync_id", "assembly_upload_id")
    WHERE "assembly_upload_id" IS NOT NULL;
-- Prefix searches ("everything below this folder") need the C ordering.
CREATE INDEX IF NOT EXISTS "ix_ffs_path_prefix"
    ON "file_folder_sync" ("channel_sync_id", "path_key" text_pattern_ops) WHERE "deleted_at" IS NULL;
CREATE INDEX IF NOT EXISTS "ix_ffs_pending"
    ON "file_folder_sync" ("channel_sync_id", "pending_action_target", "pending_action")
    WHERE "pending_action" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "ix_ffs_pending_portal"
    ON "file_folder_sync" ("portal_id", "channel_sync_id") WHERE "pending_action" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "ix_ffs_dirty" ON "file_folder_sync" ("channel_sync_id") WHERE "dirty";
CREATE INDEX IF NOT EXISTS "ix_ffs_page" ON "file_folder_sync" ("channel_sync_id", "item_path", "id")
    WHERE "deleted_at" IS NULL;

-- What was last seen on each side: one row per remote object of a sync, linked to its item once it is matched.
-- An item with no row here is absent on that side.
CREATE TABLE "dbx_seen" (
    "channel_sync_id" UUID        NOT NULL,
    "portal_id"       TEXT        NOT NULL,
    "id"              TEXT        NOT NULL,
    "object"          TEXT        NOT NULL,
    "path"            TEXT        NOT NULL,
    "path_key"        TEXT        NOT NULL,
    "parent_key"      TEXT        NOT NULL,
    "rev"             TEXT,
    "size"            BIGINT,
    "hash"            TEXT,
    "downloadable"    BOOLEAN     NOT NULL DEFAULT true,
    "item_id"         UUID,
    "look"            INTEGER     NOT NULL DEFAULT 0,
    "seen_at"         TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY ("channel_sync_id", "id"),
    CONSTRAINT "fk_dbx_seen_sync" FOREIGN KEY ("portal_id", "channel_sync_id")
        REFERENCES "channel_sync" ("portal_id", "id") ON DELETE CASCADE,
    CONSTRAINT "fk_dbx_seen_item" FOREIGN KEY ("portal_id", "channel_sync_id", "item_id")
        REFERENCES "file_folder_sync" ("portal_id", "channel_sync_id", "id"),
    CONSTRAINT "ck_dbx_seen_object" CHECK ("object" IN ('file', 'folder'))
);
CREATE INDEX IF NOT EXISTS "ix_dbx_seen_path" ON "dbx_seen" ("channel_sync_id", "path_key" text_pattern_ops);
CREATE INDEX IF NOT EXISTS "ix_dbx_seen_parent" ON "dbx_seen" ("channel_sync_id", "parent_key" text_pattern_ops);
CREATE UNIQUE INDEX IF NOT EXISTS "uq_dbx_seen_item" ON "dbx_seen" ("item_id") WHERE "item_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "ix_dbx_seen_unmatched" ON "dbx_seen" ("channel_sync_id", "path_key") WHERE "item_id" IS NULL;

CREATE TABLE "assembly_seen" (
    "channel_sync_id" UUID        NOT NULL,
    "portal_id"       TEXT        NOT NULL,
    "id"              TEXT        NOT NULL,
    "object"          TEXT        NOT NULL,
    "path"            TEXT        NOT NULL,
    "path_key"        TEXT        NOT NULL,
    "parent_key"      TEXT        NOT NULL,
    "version"         TEXT,
    "size"            BIGINT,
    -- 'pending' objects and links occupy their place but are never matched.
    "status"          TEXT        NOT NULL,
    -- Known only when Cairn read or wrote exactly this version's bytes.
    "hash"            TEXT,
    -- Ciphertext of the last presigned download URL and when it was given; a spent one is simply fetched anew.
    "url"             TEXT,
    "url_at"          TIMESTAMPTZ,
    -- How often a pending object has been looked at.
    "looks"           INTEGER     NOT NULL DEFAULT 0,
    "item_id"         UUID,
    "look"            INTEGER     NOT NULL DEFAULT 0,
    "seen_at"         TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY ("channel_sync_id", "id"),
    CONSTRAINT "fk_assembly_seen_sync" FOREIGN KEY ("portal_id", "channel_sync_id")
        REFERENCES "channel_sync" ("portal_id", "id") ON DELETE CASCADE,
    CONSTRAINT "fk_assembly_seen_item" FOREIGN KEY ("portal_id", "channel_sync_id", "item_id")
        REFERENCES "file_folder_sync" ("portal_id", "channel_sync_id", "id"),
    CONSTRAINT "ck_assembly_seen_object" CHECK ("object" IN ('file', 'folder', 'link')),
    CONSTRAINT "ck_assembly_seen_status" CHECK ("status" IN ('pending', 'completed'))
);
CREATE INDEX IF NOT EXISTS "ix_assembly_seen_path" ON "assembly_seen" ("channel_sync_id", "path_key" text_pattern_ops);
CREATE INDEX IF NOT EXISTS "ix_assembly_seen_parent" ON "assembly_seen" ("channel_sync_id", "parent_key" text_pattern_ops);
CREATE UNIQUE INDEX IF NOT EXISTS "uq_assembly_seen_item" ON "assembly_seen" ("item_id") WHERE "item_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "ix_assembly_seen_unmatched" ON "assembly_seen" ("channel_sync_id", "path_key") WHERE "item_id" IS NULL;
CREATE INDEX IF NOT EXISTS "ix_assembly_seen_id" ON "assembly_seen" ("portal_id", "id");

CREATE TABLE "sync_history" (
    "id"              BIGINT      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "portal_id"       TEXT        NOT NULL,
    "channel_sync_id" UUID        NOT NULL,
    "item_id"         UUID        NOT NULL,
    "operation"       TEXT        NOT NULL,
    "target"          TEXT        NOT NULL,
    "outcome"         TEXT        NOT NULL,
    "item_path"       TEXT,
    "rule"            INTEGER,
    "dbx_file_id"     TEXT,
    "assembly_file_id" TEXT,
    "hash_before"     TEXT,
    "hash_after"      TEXT,
    "error_code"      TEXT,
    "error"           TEXT,
    "attempts"        INTEGER     NOT NULL,
    "origin"          TEXT        NOT NULL,
    "at"              TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT "fk_history_sync" FOREIGN KEY ("portal_id", "channel_sync_id")
        REFERENCES "channel_sync" ("portal_id", "id") ON DELETE CASCADE,
    CONSTRAINT "ck_history_origin" CHECK ("origin" IN ('webhook', 'sweep', 'resync', 'initial', 'operator'))
);
CREATE INDEX IF NOT EXISTS "ix_history_sync" ON "sync_history" ("channel_sync_id", "id" DESC);

-- The shared pace of a portal's Assembly calls: the next free slot, whichever worker takes it.
CREATE TABLE "call_slots" (
    "portal_id" TEXT             NOT NULL,
    "side"      TEXT             NOT NULL,
    "next_at"   DOUBLE PRECISION NOT NULL,
    PRIMARY KEY ("portal_id", "side")
);

CREATE TABLE "api_usage" (
    "portal_id" TEXT   NOT NULL,
    "month"     TEXT   NOT NULL,
    "side"      TEXT   NOT NULL,
    "kind"      TEXT   NOT NULL,
    "calls"     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY ("portal_id", "month", "side", "kind")
);

-- A portal's side that can't be used now, said once instead of on every item.
CREATE TABLE "side_breakers" (
    "portal_id"  TEXT        NOT NULL,
    "side"       TEXT        NOT NULL,
    "code"       TEXT        NOT NULL,
    "message"    TEXT        NOT NULL,
    "since"      TIMESTAMPTZ NOT NULL DEFAULT now(),
    "probe_at"   TIMESTAMPTZ NOT NULL,
    "probes"     INTEGER     NOT NULL DEFAULT 0,
    PRIMARY KEY ("portal_id", "side")
);
