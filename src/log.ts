import { type ChildLoggerOptions, type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { redacted, redactedText } from './redact';

export type { Logger } from 'pino';

export type LogOptions = {
  /** A pino level, or `silent`. */
  level: string;
  format: 'json' | 'pretty';
};

/** What of a Config concerns the log. */
type LogConfig = { logLevel: string; logFormat: 'json' | 'pretty' };

/**
 * A logger whose lines hold no secret: fields named like one, tokens in text, and the queries of URLs (a presigned link's
 * query is a credential) are replaced wherever they stand, in nested fields and error texts too.
 * @param destination stdout by default
 */
export function createLogger(options: LogOptions | LogConfig, destination?: DestinationStream): Logger {
  const { level, format } =
    'logLevel' in options ? { level: options.logLevel, format: options.logFormat } : options;
  const out = destination ?? pino.destination({ dest: 1, sync: true });
  const prettify = pretty.prettyFactory({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss' });
  const stream = format === 'pretty' ? { write: (line: string) => out.write(prettify(line)) } : out;
  const logger = pino(
    {
      level,
      formatters: { log: cleanFields },
      serializers: { err: serializeError, error: serializeError },
      hooks: {
        logMethod(args, method) {
          const clean = args.flatMap((arg: unknown, index) => {
            if (typeof arg === 'string') return redactedText(arg);
            // Pino would take an error's own text as the message.
            const needsText = index === 0 && arg instanceof Error && typeof args[1] !== 'string';
            return needsText ? [{ err: arg }, redactedText(arg.message)] : arg;
          });
          method.apply(this, clean as typeof args);
        },
      },
    },
    stream,
  );
  // Pino sets its own formatter aside for what a child logger is bound to.
  const { child } = logger;
  logger.child = function cleanChild<Levels extends string = never>(
    this: Logger,
    bindings: object,
    childOptions?: ChildLoggerOptions<Levels>,
  ) {
    return Reflect.apply(child, this, [cleanFields(bindings), childOptions]) as Logger<Levels>;
  };
  return logger;
}

const cleanFields = (fields: object) => redacted(fields) as Record<string, unknown>;

function serializeError(error: unknown): unknown {
  return redacted(error instanceof Error ? stdSerializers.err(error) : error);
}
