// Steps in realms that a spec needs but is not about: taken over the API.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { createAuthor, type Published } from '@erynoa/client';
import { ProposalState, type RuleSchema } from '@erynoa/proto';
import {
	buildEvent,
	credentialIssued,
	custom,
	type EventBody,
	parseUid,
	proposal,
	realmCreated,
	seedSigner,
	signEvent,
	type Uid,
	utf8,
} from '@erynoa/protocol';
import type { Person } from './people';

const HOUR_US = 3_600_000_000n;
const MILLISECOND_US = 1_000n;
/** A custom type that means nothing to anybody. */
const CLOCK_TYPE = 9;

async function rootOf(person: Person): Promise<Uid> {
	const { log } = await person.api.info.getInfo({});
	return parseUid(log?.rootRealm ?? '');
}

/** Publishes something in a person's name. */
export function say(person: Person, body: EventBody, realm: Uid): Promise<Published> {
	// A new author each time reads the key's chain anew: the person may write from a browser, too.
	return createAuthor(person.api, person.uid, seedSigner(person.seed)).publish(body, { realm });
}

/** Founds a realm below the root; its id. */
export async function foundRealm(
	person: Person,
	init: {
		name: string;
		founders?: readonly Person[];
		parent?: Uid;
		rules?: readonly MessageInitShape<typeof RuleSchema>[];
	},
): Promise<Uid> {
	const parent = init.parent ?? (await rootOf(person));
	const { realm, body } = realmCreated({
		creator: person.uid,
		parent,
		name: init.name,
		founders: (init.founders ?? []).map(({ uid }) => uid),
		rules: init.rules ?? [],
	});
	await say(person, body, realm);
	return realm;
}

/** Says that somebody is a person, so that they may vote. */
export async function verifyPerson(issuer: Person, subject: Person, realm: Uid): Promise<void> {
	await say(issuer, credentialIssued({ subject: subject.uid, type: 'person' }), realm);
}

/** Proposes a change of rules; the id of the proposal. */
export async function propose(
	person: Person,
	realm: Uid,
	init: Parameters<typeof proposal>[0],
): Promise<Uid> {
	return (await say(person, proposal(init), realm)).id;
}

/**
 * Lets time pass in a log whose clock follows the events: an event of that time is written, and the
 * epoch that it closes has it.
 */
export async function passTime(person: Person, hours: number): Promise<void> {
	const signer = seedSigner(person.seed);
	const key = await person.api.identities.getKey({ publicKey: signer.publicKey });
	const bytes = buildEvent({
		author: person.uid,
		realm: await rootOf(person),
		coordinate: { wallUs: key.nowUs + BigInt(hours) * HOUR_US + MILLISECOND_US, counter: 0 },
		prev: parseUid(key.head),
		body: custom(CLOCK_TYPE, 1, utf8(`${hours} h`)),
	});
	await person.api.events.submit({ event: await signEvent(bytes, signer) });
}

/** Lets hours pass until a proposal has come to a state. */
export async function passUntil(person: Person, id: string, state: ProposalState): Promise<void> {
	const tries = 40;
	for (let turn = 0; turn < tries; turn += 1) {
		const { proposal: found } = await person.api.governance.getProposal({ id });
		if (found?.state === state) return;
		if (found && found.state > state) break;
		// The first look is at what the last epoch has brought about.
		if (turn % 4 === 3) await passTime(person, 1);
		await new Promise((next) => setTimeout(next, 400));
	}
	throw new Error(`the proposal did not come to ${ProposalState[state]}`);
}
