import type { SignedEvent } from '@erynoa/proto';
import {
	buildEvent,
	type Coordinate,
	type EventBody,
	eventId,
	nextCoordinate,
	parseUid,
	type Signer,
	signEvent,
	type Uid,
} from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';
import { backOff, pause } from './back-off';

/** An event that is in the log. */
export interface Published {
	id: Uid;
	/** Position in the log. */
	sequence: bigint;
	signed: SignedEvent;
	coordinate: Coordinate;
}

/** A further cause of an event. */
export interface Cause {
	id: Uid;
	coordinate: Coordinate;
}

/** Writes the events of one identity with one key. */
export interface Author {
	readonly identity: Uid;
	/**
	 * Builds, signs and submits an event; resolves when it is on the server's disk. Calls are put in a
	 * row, so that two clicks do not collide on the key's chain.
	 */
	publish(body: EventBody, options?: PublishOptions): Promise<Published>;
}

export interface PublishOptions {
	realm?: Uid;
	parents?: readonly Cause[];
	/** Token of an open invitation: with it somebody new creates an identity where registration is closed. */
	invitation?: string;
}

interface ChainEnd {
	prev: Uid | undefined;
	at: Coordinate | undefined;
	/** The log's time minus this device's, µs: the device's clock may be wrong. */
	aheadUs: bigint;
}

/** Codes after which the chain's end must be read again, and once is enough. */
const STALE: ReadonlySet<string> = new Set([
	'EVENT_PREV_STALE',
	'EVENT_PREV_UNKNOWN',
	'EVENT_COORDINATE_NOT_AFTER',
	'EVENT_FROM_FUTURE',
]);
/** Longest pause before an event is submitted again, milliseconds. */
const LONGEST_PAUSE_MS = 5_000;
const SUBMIT_TRIES = 3;

function deviceUs(): bigint {
	return BigInt(Date.now()) * 1000n;
}

/** Makes the author of one identity's events. */
export function createAuthor(api: Api, identity: Uid, signer: Signer): Author {
	let known: ChainEnd | undefined;
	let row: Promise<unknown> = Promise.resolve();

	const readEnd = async (): Promise<ChainEnd> => {
		const key = await api.identities.getKey({ publicKey: signer.publicKey });
		return {
			prev: key.head === '' ? undefined : parseUid(key.head),
			at: key.head === '' ? undefined : { wallUs: key.headWallUs, counter: key.headCounter },
			aheadUs: key.nowUs - deviceUs(),
		};
	};

	/** Sends the same bytes again while the server does not answer: the log takes an event only once. */
	const submit = async (event: SignedEvent, invitation: string) => {
		const delays = backOff(400, 2_000);
		for (let tries = 1; ; tries++) {
			try {
				return await api.events.submit({ event, invitation });
			} catch (error) {
				if (!(error instanceof ApiError && error.isTransient) || tries === SUBMIT_TRIES) throw error;
				const wait = Math.max(delays.next(), error.retryAfterMs ?? 0);
				// Whoever has to wait for longer is told so, rather than kept waiting.
				if (wait > LONGEST_PAUSE_MS) throw error;
				await pause(wait);
			}
		}
	};

	const write = async (
		body: EventBody,
		{ realm, parents = [], invitation = '' }: PublishOptions,
	): Promise<Published> => {
		const end = known ?? (await readEnd());
		// Unknown until the log has answered: after a failure nobody knows whether the event got in.
		known = undefined;
		const seen = parents.map((parent) => parent.coordinate);
		const coordinate = nextCoordinate(deviceUs() + end.aheadUs, end.at ? [end.at, ...seen] : seen);
		const bytes = buildEvent({
			author: identity,
			coordinate,
			body,
			parents: parents.map((parent) => parent.id),
			...(realm === undefined ? {} : { realm }),
			...(end.prev === undefined ? {} : { prev: end.prev }),
		});
		const signed = await signEvent(bytes, signer);
		const { receipt } = await submit(signed, invitation);
		const id = eventId(bytes);
		known = { prev: id, at: coordinate, aheadUs: end.aheadUs };
		return { id, sequence: receipt?.sequence ?? 0n, signed, coordinate };
	};

	const publish: Author['publish'] = (body, options = {}) => {
		const turn = row.then(async () => {
			try {
				return await write(body, options);
			} catch (error) {
				if (!(error instanceof ApiError && STALE.has(error.code))) throw error;
				return await write(body, options);
			}
		});
		row = turn.catch(() => undefined);
		return turn;
	};
	return { identity, publish };
}
