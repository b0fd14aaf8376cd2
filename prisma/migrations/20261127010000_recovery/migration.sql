-- A side is only suspected at first: failures of different items in a row, with no success in between, close it off.
ALTER TABLE "side_breakers" ADD COLUMN "open"    BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "side_breakers" ADD COLUMN "strikes" INTEGER NOT NULL DEFAULT 0;
-- Who failed last, so that one item that keeps failing is not taken for the whole side.
ALTER TABLE "side_breakers" ADD COLUMN "striker" TEXT;
-- An operation or observation is under way that shows whether the side works again.
ALTER TABLE "side_breakers" ADD COLUMN "probing" BOOLEAN NOT NULL DEFAULT false;
