// Starts the real gateway on a free port with an empty data directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { listenOnce, realParts } from './stack';

const repository = resolve(import.meta.dirname, '../../..');
const startupMs = 20_000;
const shutdownMs = 10_000;

export interface Gateway {
	/** `http://127.0.0.1:<port>`, or where Caddy stands in front; also the origin of the three apps. */
	url: string;
	dataDir: string;
	/** The one-time link that makes its opener the operator. */
	claimLink: string;
	/** What stands behind the # of the link. */
	claimToken: string;
	/** All that it has written so far. */
	output(): string;
	/** Ends it as Ctrl-C would; throws when it does not end cleanly. */
	stop(): Promise<void>;
	/** Starts it again on the same data and port. */
	restart(): Promise<void>;
	/** Stops it and removes its data. */
	remove(): Promise<void>;
}

async function freePort(): Promise<number> {
	const port = await listenOnce(0, '127.0.0.1');
	if (!port) throw new Error('no port');
	return port;
}

async function binary(): Promise<string> {
	const path = resolve(repository, process.env.ERYNOA_BIN ?? 'target/quick/erynoa-gateway');
	try {
		await access(path);
	} catch {
		throw new Error(`${path} does not exist: build it with \`make build\`, or name another by ERYNOA_BIN`);
	}
	return path;
}

/** Starts a gateway; `environment` overrides its configuration (APP_<SECTION>__<KEY>). */
export async function startGateway(environment: Record<string, string> = {}): Promise<Gateway> {
	const program = await binary();
	const dataDir = await mkdtemp(join(tmpdir(), 'erynoa-e2e-'));
	const port = await freePort();
	const stack = process.env.ERYNOA_E2E_FULL === '1' ? await realParts(dataDir, port) : undefined;
	const url = stack?.url ?? `http://127.0.0.1:${port}`;
	let output = '';
	let child: ChildProcess | undefined;

	const exited = (process: ChildProcess) => process.exitCode !== null || process.signalCode !== null;

	async function start() {
		const process_ = spawn(program, [], {
			cwd: dataDir,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {
				...process.env,
				APP_APPLICATION__HOST: '127.0.0.1',
				APP_APPLICATION__PORT: String(port),
				APP_APPLICATION__PUBLIC_URL: url,
				APP_APPLICATION__DATA_DIR: dataDir,
				// Epochs close fast, so that trust changes while a test looks.
				APP_LOG__EPOCH_MAX_SECONDS: '1',
				// Tests click faster than people.
				APP_LIMITS__REQUESTS_PER_SECOND: '2000',
				APP_LIMITS__BURST: '4000',
				...stack?.environment,
				...environment,
			},
		});
		child = process_;
		const listen = (chunk: Buffer) => {
			output += chunk.toString();
		};
		process_.stdout?.on('data', listen);
		process_.stderr?.on('data', listen);
		const failed = new Promise<never>((_, reject) => process_.once('error', reject));
		failed.catch(() => undefined);

		const deadline = Date.now() + startupMs;
		for (;;) {
			if (exited(process_)) throw new Error(`the gateway ended at its start:\n${output}`);
			const ready = await Promise.race([
				failed,
				fetch(`${url}/api/v1/ready`).then(
					(response) => response.ok,
					() => false,
				),
			]);
			if (ready) return;
			if (Date.now() > deadline)
				throw new Error(`the gateway is not ready after ${startupMs} ms:\n${output}`);
			await new Promise((next) => setTimeout(next, 50));
		}
	}

	async function stop() {
		const process_ = child;
		if (!process_ || exited(process_)) return;
		const ended = new Promise<void>((done) => process_.once('exit', () => done()));
		process_.kill('SIGINT');
		const late = setTimeout(() => process_.kill('SIGKILL'), shutdownMs);
		await ended;
		clearTimeout(late);
		if (process_.exitCode !== 0) {
			throw new Error(`the gateway ended with ${process_.exitCode ?? process_.signalCode}:\n${output}`);
		}
	}

	async function removeData() {
		await stack?.stop();
		await rm(dataDir, { recursive: true, force: true });
	}
	let claimLink: string | undefined;
	try {
		await start();
		const deadline = Date.now() + 5_000;
		while (!claimLink && Date.now() < deadline) {
			claimLink = output.match(/https?:\/\/\S+\/claim#[\w-]+/)?.[0];
			if (!claimLink) await new Promise((next) => setTimeout(next, 50));
		}
		if (!claimLink) throw new Error(`the gateway printed no claim link:\n${output}`);
	} catch (error) {
		child?.kill('SIGKILL');
		await removeData();
		throw error;
	}

	return {
		url,
		dataDir,
		claimLink,
		claimToken: claimLink.slice(claimLink.indexOf('#') + 1),
		output: () => output,
		stop,
		async restart() {
			await stop();
			await start();
		},
		async remove() {
			try {
				await stop();
			} finally {
				await removeData();
			}
		},
	};
}
