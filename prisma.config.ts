import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `prisma generate` and `prisma validate` need no database; `prisma migrate deploy` does.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/cairn' },
});
