import { create } from '@bufbuild/protobuf';
import { DelegationRecordSchema, ExplanationSchema, IdentityKeySchema } from '@erynoa/proto';
import {
	createRecoveryKey,
	KeyPurpose,
	parseCapability,
	printReceiptOffer,
	ReceiptOutcome,
	receiptTerms,
	seedSigner,
	signReceipt,
	type Uid,
} from '@erynoa/protocol';
import { locale } from '@erynoa/ui';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import '../src/lib/i18n';
import { allowanceOf, capabilitiesOf, DEEDS, NOTHING, wrongLines } from '../src/lib/data/capabilities';
import { answerWeight, vouchWeight, withMore } from '../src/lib/data/vouching';
import { capabilityText } from '../src/lib/words/capabilities';

vi.mock('$lib/erynoa', () => ({ erynoa: {} }));

beforeEach(() => {
	vi.stubGlobal('document', { documentElement: {} });
	locale.set('en');
});

describe('an allowance', () => {
	const sample = {
		everything: false,
		attest: ['integrity', 'reliability'] as const,
		deeds: ['vouch', 'receipt'] as const,
		links: 2,
		other: 'read:notes/*\n\n  write:notes/* ',
	};

	it('becomes capabilities that the protocol knows, and comes back from them', () => {
		const capabilities = capabilitiesOf(sample);
		expect(capabilities).toContain('attest:reliability,integrity');
		for (const text of capabilities) expect(parseCapability(text), text).toBeDefined();
		const back = allowanceOf(capabilities);
		expect(new Set(back.attest)).toEqual(new Set(sample.attest));
		expect(new Set(back.deeds)).toEqual(new Set(sample.deeds));
		expect(back.links).toBe(2);
		expect(back.other).toBe('read:notes/*\nwrite:notes/*');
		expect(capabilitiesOf(back)).toEqual(capabilities);
	});

	it('of everything is everything, whatever else is ticked', () => {
		expect(capabilitiesOf({ ...sample, everything: true })).toEqual(['*']);
		expect(allowanceOf(['*', 'read:a']).everything).toBe(true);
	});

	it('of nothing is empty', () => {
		expect(capabilitiesOf(NOTHING)).toEqual([]);
	});

	it('says which lines are no capability', () => {
		expect(wrongLines('read:a\nfly:b\n delegate:9')).toEqual(['fly:b', 'delegate:9']);
	});

	it('keeps what the form has no box for as text', () => {
		expect(allowanceOf(['attest:vigilance', 'execute:vote']).other).toBe('attest:vigilance\nexecute:vote');
	});

	it('has words for every deed, each its own', () => {
		const texts = [
			...DEEDS.map((deed) => `execute:${deed}`),
			'*',
			'attest:integrity',
			'delegate:1',
			'read:a',
		];
		expect(new Set(texts.map(capabilityText)).size).toBe(texts.length);
		for (const text of texts) expect(capabilityText(text)).not.toBe(text);
	});
});

describe('vouching', () => {
	const newcomer = create(ExplanationSchema, {
		value: { trustPpm: 100_000 },
		alpha: 500_000n,
		beta: 4_500_000n,
		lambda: 6,
	});

	it('weighs the voice times the stake', () => {
		expect(vouchWeight(2_000_000n, 300_000)).toBe(600_000n);
		expect(vouchWeight(0n, 300_000)).toBe(0n);
		expect(vouchWeight(333_333n, 100_000)).toBe(33_333n);
	});

	it('costs ten times severity times stake', () => {
		expect(answerWeight(300_000, 1_000_000)).toBe(3_000_000n);
		expect(answerWeight(100_000, 500_000)).toBe(500_000n);
	});

	it('previews what the fold will make of it', () => {
		// (0.5 + 0.6) / (5 + 0.6)
		expect(withMore(newcomer, { positive: 600_000n })).toEqual({ beforePpm: 100_000, afterPpm: 196_428 });
		// 0.5 / (5 + 6·3)
		expect(withMore(newcomer, { negative: 3_000_000n })?.afterPpm).toBe(21_739);
	});
});

describe('the way back by the sheet', () => {
	it('takes the key of this very identity and no other', async () => {
		const { codeProblem } = await import('../src/lib/data/recovery-request.svelte');
		const own = createRecoveryKey();
		const key = create(IdentityKeySchema, { publicKey: own.publicKey, purposes: [KeyPurpose.RECOVERY] });
		expect(codeProblem({ keys: [key] }, own.code.toLowerCase())).toBeUndefined();
		expect(codeProblem({ keys: [key] }, createRecoveryKey().code)).toBe('other');
		expect(codeProblem({ keys: [key] }, own.code.slice(1))).toBe('mistyped');
		expect(codeProblem({ keys: [{ ...key, revokedBy: 'ab' }] }, own.code)).toBe('none');
	});
});

describe('an offered receipt', () => {
	it('opens from its code and from the whole link', async () => {
		const { openOffer } = await import('../src/lib/data/receipts');
		const signer = seedSigner(new Uint8Array(32).fill(3));
		const uid = (byte: string) => `00010001${byte.repeat(28)}` as Uid;
		const terms = receiptTerms({
			realm: `00030001${'cd'.repeat(28)}` as Uid,
			performer: uid('aa'),
			client: uid('bb'),
			outcome: ReceiptOutcome.KEPT,
		});
		const code = printReceiptOffer({
			$typeName: 'erynoa.protocol.v1.Receipt',
			terms,
			countersignerKey: signer.publicKey,
			countersignature: await signReceipt(terms, signer),
		});
		for (const text of [code, `https://erynoa.example/platform/receipts/confirm#${code}`, ` ${code} `]) {
			expect(openOffer(text).terms.performer).toBe(uid('aa'));
		}
		expect(() => openOffer(code.slice(0, -2))).toThrow(/not complete/);
	});
});

it('a form that begins with an earlier delegation allows the same', async () => {
	const { Limits } = await import('../src/lib/data/limits.svelte');
	const limits = new Limits();
	limits.take(
		create(DelegationRecordSchema, {
			capabilities: ['attest:prestige', 'delegate:1', 'execute:receipt'],
			factorPpm: 640_000,
			realm: 'cd'.repeat(32),
			maxDepth: 1,
		}),
	);
	expect([...limits.capabilities].sort()).toEqual(['attest:prestige', 'delegate:1', 'execute:receipt']);
	expect([limits.factor, limits.links, limits.expiry]).toEqual([64, 1, 'never']);
	expect(limits.ready).toBe(true);
});
