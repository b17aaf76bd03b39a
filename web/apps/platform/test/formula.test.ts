import { create } from '@bufbuild/protobuf';
import { ExplanationSchema } from '@erynoa/proto';
import { evidenceTrust, LAMBDA, PRIOR } from '@erynoa/protocol';
import { expect, it } from 'vitest';
import { effectSum, formulaOf } from '../src/lib/data/formula';

const UNIT = 1_000_000n;

function explanation(
	evidence: { positive: bigint; negative: bigint; unvoiced: bigint },
	floorEffectPpm = 0n,
) {
	return create(ExplanationSchema, {
		...PRIOR,
		lambda: Number(LAMBDA),
		priorPpm: 100_000,
		floorEffectPpm,
		value: { ...evidence, trustPpm: evidenceTrust(evidence) },
	});
}

it('the formula that is shown gives the value that is shown', () => {
	for (const evidence of [
		{ positive: 0n, negative: 0n, unvoiced: 0n },
		{ positive: 2n * UNIT, negative: 0n, unvoiced: 0n },
		{ positive: 2n * UNIT, negative: UNIT, unvoiced: 0n },
		{ positive: 2n * UNIT, negative: 0n, unvoiced: 50n * UNIT },
	]) {
		const shown = explanation(evidence);
		const formula = formulaOf(shown);
		expect(formula).toBeDefined();
		if (formula) expect(Number((formula.numerator * UNIT) / formula.denominator)).toBe(shown.value?.trustPpm);
	}
});

it('unvoiced evidence above its cap is shown as capped', () => {
	expect(formulaOf(explanation({ positive: 0n, negative: 0n, unvoiced: 3n * UNIT }))).toMatchObject({
		unvoiced: UNIT,
		capped: true,
	});
});

it('start, listed, unlisted and floor add up to the value, whatever is listed', () => {
	const shown = explanation({ positive: 2n * UNIT, negative: UNIT, unvoiced: 0n }, 5n);
	for (const effects of [[], [257_142n], [257_142n, -164_835n, 7n]]) {
		const sum = effectSum(shown, effects);
		expect(BigInt(sum.start) + sum.listed + sum.unlisted + sum.floor).toBe(BigInt(sum.trust));
	}
});
