import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	AnomalyClass,
	anomalyJudged,
	anomalyReported,
	buildEvent,
	consentAsController,
	controllerSet,
	credentialIssued,
	credentialRevoked,
	delegation,
	delegationRevoked,
	describeEvent,
	discussionComment,
	type EventBody,
	encodeEntry,
	endorse,
	Finding,
	identityDeactivated,
	identityRecovered,
	identityUid,
	impliesCapability,
	judgement,
	lentTrust,
	MAX_STAKE_PPM,
	Namespace,
	NULL_UID,
	ProposalKind,
	type ProtocolError,
	parseCapability,
	parseReceiptOffer,
	printKeyFile,
	printReceiptOffer,
	proposal,
	ReceiptOutcome,
	realmCreated,
	realmJoined,
	realmLeft,
	realmUid,
	receiptTerms,
	Severity,
	seedSigner,
	signEvent,
	signReceipt,
	type Uid,
	uidFromBytes,
	verifyEvent,
	veto,
	vote,
	vouch,
	vouchRevoked,
} from '../src';

const seed = (n: number) => new Uint8Array(32).fill(n);
const ada = { signer: seedSigner(seed(1)), uid: identityUid(Namespace.SELF, seedSigner(seed(1)).publicKey) };
const ben = { signer: seedSigner(seed(2)), uid: identityUid(Namespace.SELF, seedSigner(seed(2)).publicKey) };
const target = `00020001${'ab'.repeat(28)}` as Uid;
const realm = `00030001${'cd'.repeat(28)}` as Uid;

function build(body: EventBody, of: Uid | undefined = realm): Uint8Array {
	return buildEvent({
		author: ada.uid,
		coordinate: { wallUs: 1_000_000n, counter: 0 },
		body,
		prev: target,
		...(of === undefined ? {} : { realm: of }),
	});
}

function refusal(body: EventBody, of?: Uid): string {
	try {
		build(body, of);
	} catch (error) {
		return `${(error as ProtocolError).code} ${(error as ProtocolError).field}`;
	}
	return 'accepted';
}

describe('bodies', () => {
	it('every body survives signing, and verifies', async () => {
		const created = realmCreated({ creator: ada.uid, parent: realm, name: 'Workshop', founders: [ben.uid] });
		const bodies: [EventBody, Uid?][] = [
			[controllerSet(ben.uid, await consentAsController(ben.uid, ada.uid, ada.signer)), NULL_UID],
			[identityDeactivated(ada.uid, 'over'), NULL_UID],
			[await identityRecovered(ada.uid, ben.signer, { keyLabel: 'new' }), NULL_UID],
			[vouch({ member: ben.uid, stakePpm: 100_000 })],
			[vouchRevoked(target)],
			[credentialIssued({ subject: ben.uid, type: 'person' })],
			[credentialRevoked({ credential: target, subject: ben.uid, fraud: true })],
			[judgement({ subject: ben.uid, finding: Finding.CLAIM_FALSE_MINOR, target })],
			[anomalyReported({ subjects: [ben.uid], class: AnomalyClass.OTHER, severity: Severity.LOW })],
			[anomalyJudged({ report: target, reporter: ben.uid, confirmed: true, severity: Severity.HIGH })],
			[
				delegation({
					delegate: ben.uid,
					factorPpm: 800_000,
					capabilities: ['read:b/*', '*', 'attest:integrity'],
				}),
			],
			[delegationRevoked(target)],
			[created.body, created.realm],
			[realmJoined({ endorsements: [await endorse(realm, ada.uid, ben.uid, ben.signer)] })],
			[realmLeft()],
			[proposal({ kind: ProposalKind.TREASURY, title: 'A lathe' })],
			[vote(target, -10)],
			[veto(target)],
			[discussionComment('I am for it.')],
		];
		for (const [body, of] of bodies) {
			const bytes = build(body, of ?? realm);
			const { event } = verifyEvent(encodeEntry(await signEvent(bytes, ada.signer)));
			expect(event.body.case).toBe(body.case);
			const fields = describeEvent(event);
			expect(fields.length).toBeGreaterThanOrEqual(5);
			expect(fields.filter(({ value }) => value.includes('object'))).toEqual([]);
		}
	});

	it('a realm is named by its creator, its parent, its name and its nonce', () => {
		const { realm: made, body } = realmCreated({ creator: ada.uid, parent: realm, name: 'Workshop' });
		if (body.case !== 'realmCreated') throw new Error('another body');
		expect(made).toBe(realmUid(ada.uid, realm, 'Workshop', body.value.nonce));
		expect(uidFromBytes(body.value.realm)).toBe(made);
		const forged = { ...body, value: { ...body.value, name: 'Palace' } } as EventBody;
		expect(refusal(forged, made)).toContain('realm_created.realm');
	});

	it('an endorsement holds for one realm and one person only', async () => {
		const other = `00030001${'ef'.repeat(28)}` as Uid;
		for (const forged of [
			await endorse(other, ada.uid, ben.uid, ben.signer),
			await endorse(realm, ben.uid, ben.uid, ben.signer),
		]) {
			const body = realmJoined({ endorsements: [forged] });
			expect(refusal(body, realm)).toContain('EVENT_COUNTERSIGNATURE_INVALID');
		}
	});

	it('limits hold on both sides', () => {
		const [most, more] = [MAX_STAKE_PPM, MAX_STAKE_PPM + 1];
		expect(refusal(vouch({ member: ben.uid, stakePpm: most }), realm)).toBe('accepted');
		expect(refusal(vouch({ member: ben.uid, stakePpm: more }), realm)).toContain('vouch.stake_ppm');
		expect(refusal(vouch({ member: ben.uid, stakePpm: 0 }), realm)).toContain('vouch.stake_ppm');
		for (const [votes, fits] of [
			[10, true],
			[-10, true],
			[11, false],
			[0, false],
		] as const) {
			expect(refusal(vote(target, votes), realm)).toBe(fits ? 'accepted' : 'EVENT_FIELD_INVALID vote.votes');
		}
		const fault = (severityPpm: number) =>
			judgement({ subject: ben.uid, finding: Finding.MEMBER_AT_FAULT, target, severityPpm });
		expect(refusal(fault(1_000_000), realm)).toBe('accepted');
		expect(refusal(fault(1_000_001), realm)).toContain('judgement.severity_ppm');
		expect(refusal(fault(0), realm)).toContain('judgement.severity_ppm');
	});
});

describe('capabilities', () => {
	const capability = fc.oneof(
		fc.constant('*'),
		fc.constantFrom('read', 'write', 'execute').chain((kind) =>
			fc
				.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
				.chain((path) => fc.constantFrom(path.join('/'), `${path.join('/')}/*`))
				.map((path) => `${kind}:${path}`),
		),
		fc
			.subarray(['reliability', 'integrity', 'competence', 'prestige'], { minLength: 1 })
			.map((names) => `attest:${names.join(',')}`),
		fc.integer({ min: 0, max: 5 }).map((links) => `delegate:${links}`),
	);

	it('imply themselves, and what is implied by the implied', () => {
		fc.assert(
			fc.property(capability, capability, capability, (a, b, c) => {
				expect(parseCapability(a)).toBeDefined();
				expect(impliesCapability(a, a)).toBe(true);
				if (impliesCapability(a, b) && impliesCapability(b, c)) expect(impliesCapability(a, c)).toBe(true);
			}),
			{ numRuns: 2_000 },
		);
	});

	it('reach to a segment border and no further', () => {
		expect(impliesCapability('read:notes/*', 'read:notes/today')).toBe(true);
		expect(impliesCapability('read:notes/*', 'read:notes2')).toBe(false);
		expect(impliesCapability('read:notes/*', 'write:notes/today')).toBe(false);
		expect(impliesCapability('delegate:2', 'delegate:1')).toBe(true);
		expect(impliesCapability('delegate:1', 'delegate:2')).toBe(false);
		expect(impliesCapability('attest:integrity', 'attest:integrity,prestige')).toBe(false);
	});

	const url = new URL('../../../../proto/testdata/capability_vectors.json', import.meta.url);
	const answers = JSON.parse(readFileSync(url, 'utf8')) as {
		valid: string[];
		invalid: string[];
		implies: { held: string; wanted: string; implies: boolean }[];
		lent: { factors_ppm: number[]; beginning_ppm: number[]; lent_ppm: number[]; own_ppm?: number[] }[];
	};

	it('known answers', () => {
		expect(answers.valid.length * answers.invalid.length * answers.implies.length).toBeGreaterThan(0);
		for (const text of answers.valid) expect(parseCapability(text), text).toBeDefined();
		for (const text of answers.invalid) expect(parseCapability(text), text).toBeUndefined();
		for (const { held, wanted, implies } of answers.implies) {
			expect(impliesCapability(held, wanted), `${held} ${wanted}`).toBe(implies);
		}
	});

	it('known answers of the trust that goes with a chain', () => {
		// What an agent's own trust allows at most is the server's to say.
		const plain = answers.lent.filter((answer) => answer.own_ppm === undefined);
		expect(plain.length).toBeGreaterThan(2);
		for (const { factors_ppm, beginning_ppm, lent_ppm } of plain) {
			expect(beginning_ppm.map((ppm) => lentTrust(factors_ppm, ppm))).toEqual(lent_ppm);
		}
	});
});

describe('an offered receipt', () => {
	const offer = async () => {
		const terms = receiptTerms({
			realm,
			performer: ada.uid,
			client: ben.uid,
			outcome: ReceiptOutcome.KEPT,
			description: 'Bees & wax',
		});
		const { signer } = ben;
		return {
			$typeName: 'erynoa.protocol.v1.Receipt' as const,
			terms,
			countersignerKey: signer.publicKey,
			countersignature: await signReceipt(terms, signer),
		};
	};

	it('reads back as it was signed', async () => {
		const made = await offer();
		const code = printReceiptOffer(made);
		expect(code).toMatch(/^[\w-]+$/);
		expect(parseReceiptOffer(code)).toEqual(made);
	});

	it('does not survive a changed character', async () => {
		const code = printReceiptOffer(await offer());
		for (let at = 0; at < code.length; at += 7) {
			const changed = code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1);
			expect(() => parseReceiptOffer(changed), String(at)).toThrow(/not complete/);
		}
		expect(() => parseReceiptOffer('')).toThrow(/not complete/);
	});
});

it('a key file holds what the command line reads', async () => {
	const bytes = build(identityDeactivated(ada.uid), NULL_UID);
	const created = await signEvent(bytes, ada.signer);
	const text = printKeyFile({ did: 'did:erynoa:x', seed: seed(1), publicKey: ada.signer.publicKey, created });
	const file = JSON.parse(text);
	expect(Object.keys(file).sort()).toEqual(['did', 'format', 'identity_created', 'public_key', 'secret_key']);
	expect(file.format).toBe(1);
	expect(file.secret_key).toBe('01'.repeat(32));
});
