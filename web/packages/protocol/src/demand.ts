// The rules that fields share: what does not hold is thrown with the field and what would be right.
import { compareBytes, equalBytes, utf8, utf8Length } from './bytes';
import { ProtocolError } from './problem';

const MAX_TEXT_BYTES = 4096;
const LABEL = /^[a-z0-9-]{1,64}$/;

export function demand(
	holds: boolean,
	field: string,
	message: string,
	code = 'EVENT_FIELD_INVALID',
): asserts holds {
	if (!holds) throw new ProtocolError(code, message, field);
}

export function demandLength(bytes: Uint8Array, length: number, field: string): void {
	demand(bytes.length === length, field, `${length} bytes, not ${bytes.length}`);
}

export function demandText(text: string, field: string): void {
	demand(utf8Length(text) <= MAX_TEXT_BYTES, field, `at most ${MAX_TEXT_BYTES} bytes of UTF-8`);
}

export function demandLabel(text: string, least: number, most: number, field: string): void {
	demand(within(utf8Length(text), least, most), field, `${least} to ${most} bytes of UTF-8`);
	demand(!/\p{Cc}/u.test(text), field, 'no control characters');
}

export function demandAscending(
	ids: readonly Uint8Array[],
	least: number,
	most: number,
	field: string,
): void {
	demand(within(ids.length, least, most), field, `${least} to ${most} of them`);
	for (const [i, id] of ids.entries()) {
		demandLength(id, 32, field);
		const before = ids[i - 1];
		demand(before === undefined || compareBytes(before, id) < 0, field, 'strictly ascending');
	}
}

export function within(value: number, least: number, greatest: number): boolean {
	return value >= least && value <= greatest;
}

/** Whether a text is a label of domains, types and rules: 1 to 64 of a–z, 0–9 and -. */
export function isDomainLabel(text: string): boolean {
	return LABEL.test(text);
}

export function demandName(text: string, field: string): void {
	demand(isDomainLabel(text), field, '1 to 64 of a-z, 0-9 and -');
}

/** 0 for never, or later than the event itself. */
export function demandExpiry(expiresAtUs: bigint, wallUs: bigint, field: string): void {
	demand(expiresAtUs === 0n || expiresAtUs > wallUs, field, '0 for never, or later than the event itself');
}

/** Texts in the strict order of their bytes. */
export function demandSorted(texts: readonly string[], least: number, most: number, field: string): void {
	demand(within(texts.length, least, most), field, `${least} to ${most} of them`);
	for (const [i, text] of texts.entries()) {
		const before = texts[i - 1];
		const ascends = before === undefined || compareBytes(utf8(before), utf8(text)) < 0;
		demand(ascends, field, 'strictly ascending');
	}
}

/** 32 bytes of somebody else than the author. */
export function demandOther(identity: Uint8Array, author: Uint8Array, field: string): void {
	demandLength(identity, 32, field);
	demand(!equalBytes(identity, author), field, 'somebody else than the author', 'SUBJECT_SELF');
}
