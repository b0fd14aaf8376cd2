import { releasePostgres } from './postgres';
import { holder } from './services';

export default async function servicesDown(): Promise<void> {
  const temporal = holder.cairnTestTemporal;
  holder.cairnTestTemporal = undefined;
  try {
    await temporal?.stop();
  } finally {
    await releasePostgres();
  }
}
