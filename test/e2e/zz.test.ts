import { startSystem, type System } from '../support/system';
let system: System;
beforeAll(async () => { system = await startSystem(); }, 120_000);
afterAll(() => system?.stop(), 60_000);
test('loop', async () => {
  const syncId = await system.connect();
  await system.converged(syncId);
  for (let i = 0; i < 15; i++) {
    const p = `/f${i}.txt`;
    await system.assembly.put(p, 'one');
    await system.converged(syncId, 15000);
    await system.assembly.put(p, 'two');
    try { await system.converged(syncId, 10000); } catch (e) {
      const q = (s: string) => system.database.store.prisma.$queryRawUnsafe(s);
      const j = (v: unknown) => JSON.stringify(v, (_k, x) => typeof x === 'bigint' ? String(x) : x);
      process.stdout.write(`FAILED ${p} ${(e as Error).message}\n`);
      process.stdout.write(j(await q(`select id,item_path,path_key,base_at,dbx_file_id,assembly_file_id,pending_action,pending_action_error_code,dirty,deleted_at,operation_serial,content_hash from file_folder_sync where item_path='${p}'`)) + '\n');
      process.stdout.write(j(await q(`select id,path,rev,hash,item_id,seen_at from dbx_seen where path='${p}'`)) + '\n');
      process.stdout.write(j(await q(`select id,path,version,size,status,hash,item_id,seen_at from assembly_seen where path='${p}'`)) + '\n');
      process.stdout.write(j(await q(`select operation,target,outcome,rule,dbx_file_id,assembly_file_id,hash_after,at from sync_history where item_path='${p}' order by id`)) + '\n');
      process.stdout.write(j((await system.assembly.tree()).filter(e => e.path === p)) + j((await system.dropbox.tree()).filter(e => e.path === p)) + '\n');
      const log = await (await fetch(`${system.assemblySandbox.controlUrl}/log?since=0`)).json() as any;
      process.stdout.write(j(log.calls.slice(-12)) + '\n');
      process.stdout.write(j(await (await fetch(`${system.assemblySandbox.controlUrl}/webhooks`)).json()) + '\n');
      throw e;
    }
  }
}, 300_000);
