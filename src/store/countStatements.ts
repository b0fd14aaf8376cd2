import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils';

type OnStatement = (ms: number) => void;

/**
 * Wraps a driver adapter so that `onStatement` hears of every statement that goes over the wire, raw queries and those
 * inside transactions too (Prisma's own query event leaves out BEGIN and COMMIT and counts some statements twice).
 */
export function countStatements(
  factory: SqlDriverAdapterFactory,
  onStatement: OnStatement,
): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => countingAdapter(await factory.connect(), onStatement),
  };
}

async function timed<T>(onStatement: OnStatement, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await run();
  } finally {
    onStatement(performance.now() - start);
  }
}

const countingQueries = (inner: SqlQueryable, onStatement: OnStatement): SqlQueryable => ({
  provider: inner.provider,
  adapterName: inner.adapterName,
  queryRaw: (query) => timed(onStatement, () => inner.queryRaw(query)),
  executeRaw: (query) => timed(onStatement, () => inner.executeRaw(query)),
});

function countingAdapter(inner: SqlDriverAdapter, onStatement: OnStatement): SqlDriverAdapter {
  return {
    ...countingQueries(inner, onStatement),
    executeScript: (script) => timed(onStatement, () => inner.executeScript(script)),
    async startTransaction(isolation) {
      // BEGIN is sent inside the adapter, and SET TRANSACTION after it when a level is asked for.
      const transaction = await timed(onStatement, () => inner.startTransaction(isolation));
      if (isolation) onStatement(0);
      return countingTransaction(transaction, onStatement);
    },
    getConnectionInfo: () => inner.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => inner.dispose(),
  };
}

// COMMIT, ROLLBACK and savepoints by statement come through executeRaw; commit() only gives the connection back.
const countingTransaction = (inner: Transaction, onStatement: OnStatement): Transaction => ({
  ...countingQueries(inner, onStatement),
  options: inner.options,
  commit: () => inner.commit(),
  rollback: () => inner.rollback(),
  createSavepoint:
    inner.createSavepoint && ((name) => timed(onStatement, () => inner.createSavepoint!(name))),
  rollbackToSavepoint:
    inner.rollbackToSavepoint && ((name) => timed(onStatement, () => inner.rollbackToSavepoint!(name))),
  releaseSavepoint:
    inner.releaseSavepoint && ((name) => timed(onStatement, () => inner.releaseSavepoint!(name))),
});
