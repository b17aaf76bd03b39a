import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { knownActions } from './audit';

const SOURCE = new URL('../../../../../../apps/api-gateway/src/', import.meta.url);
/** Where an action is written down, and where one is given a name first. */
const places = [/\baudit(?:_own|_for)?\([^";]*"[^"]*"/g, /(?:\baction|\bISSUED: &str) = [^;]*;/g];

it('every_action_that_the_gateway_writes_down_has_words', () => {
	const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.rs'),
	);
	const written = files
		.map((name) => readFileSync(new URL(name, SOURCE), 'utf8'))
		.flatMap((text) => places.flatMap((place) => text.match(place) ?? []))
		.flatMap((place) => [...place.matchAll(/"([a-z]+\.[a-z_]+)"/g)].map(([, action]) => action ?? ''));
	expect([...new Set(written)].sort()).toEqual([...knownActions].sort());
});
