-- What Assembly said of the version of an object of ours before our write of it was recorded.
ALTER TABLE "file_folder_sync" ADD COLUMN "assembly_upload_version" TEXT;
