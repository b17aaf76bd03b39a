// A gateway on real parts behind Caddy instead of one that stands alone: with
// ERYNOA_E2E_FULL=1 (`make e2e-full`) every gateway of the specs is such a one.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const services = resolve(import.meta.dirname, '../../../scripts/services.sh');
/** Where people reach the installation; a second gateway at the same time takes a free port. */
const proxyPort = Number(process.env.ERYNOA_PROXY_PORT ?? 3001);

export interface Stack {
	/** Where Caddy listens. */
	url: string;
	/** Configuration of the gateway. */
	environment: Record<string, string>;
	/** Stops Caddy. What the servers hold goes with them. */
	stop(): Promise<void>;
}

/** Listens on a port for a moment; 0 takes a free one. Its number, or nothing when it is taken. */
export async function listenOnce(port: number, host?: string): Promise<number | undefined> {
	const server = createServer();
	const listens = await new Promise<boolean>((done) => {
		server.once('error', () => done(false));
		server.listen(port, host, () => done(true));
	});
	if (!listens) return undefined;
	const address = server.address();
	await new Promise((done) => server.close(done));
	return address === null || typeof address === 'string' ? undefined : address.port;
}

function variable(name: string): string {
	const value = process.env[name];
	if (!value)
		throw new Error(`${name} is missing: \`make e2e-full\` starts the servers, \`make services\` too`);
	return value;
}

/** A database, a bucket and a corner of Redis of its own, and Caddy in front. */
export async function realParts(folder: string, backendPort: number): Promise<Stack> {
	const name = `e2e-${randomBytes(6).toString('hex')}`;
	const server = new URL(variable('ERYNOA_TEST_POSTGRES_URL'));
	await run('psql', [server.href, '-qc', `CREATE DATABASE "${name}"`]);
	server.pathname = name;
	const port = (await listenOnce(proxyPort)) ?? (await listenOnce(0));
	if (!port) throw new Error('no port');
	const url = `http://localhost:${port}`;
	const caddy = (verb: string) =>
		run(services, [verb, 'caddy'], {
			env: {
				...process.env,
				ERYNOA_SERVICES_DIR: join(folder, 'proxy'),
				ERYNOA_PROXY_PORT: String(port),
				ERYNOA_BACKEND: `127.0.0.1:${backendPort}`,
			},
		});
	await caddy('start');
	return {
		url,
		environment: {
			APP_APPLICATION__PUBLIC_URL: url,
			// Keys in Redis begin by it: gateways after each other on one port must not meet.
			APP_LOG__ORIGIN: name,
			APP_DATABASE__BACKEND: 'postgres',
			APP_DATABASE__URL: server.href,
			APP_CACHE__BACKEND: 'redis',
			APP_CACHE__URL: variable('ERYNOA_TEST_REDIS_URL'),
			APP_STORAGE__BACKEND: 's3',
			APP_STORAGE__ENDPOINT: variable('ERYNOA_TEST_S3_URL'),
			APP_STORAGE__ACCESS_KEY_ID: variable('ERYNOA_TEST_S3_KEY'),
			APP_STORAGE__SECRET_ACCESS_KEY: variable('ERYNOA_TEST_S3_SECRET'),
			APP_STORAGE__DEFAULT_BUCKET: name,
			APP_MAIL__BACKEND: 'smtp',
			APP_MAIL__URL: variable('ERYNOA_TEST_SMTP_URL'),
			APP_MAIL__FROM: 'Erynoa <erynoa@localhost>',
		},
		stop: async () => {
			await caddy('stop');
		},
	};
}
