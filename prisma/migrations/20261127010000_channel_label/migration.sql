-- What people call the channel, kept so that showing it costs no call to Assembly, whose calls are counted by month.
ALTER TABLE "channel_sync" ADD COLUMN "assembly_channel_label" TEXT;
