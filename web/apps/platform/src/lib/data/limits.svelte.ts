import type { DelegationRecord } from '@erynoa/proto';
import { delegation, type EventBody, identityRef, parseUid } from '@erynoa/protocol';
import { type ExpiryKey, expiryOf } from './attest-input';
import {
	type AttestName,
	allowanceOf,
	capabilitiesOf,
	type DeedName,
	NOTHING,
	wrongLines,
} from './capabilities';

/** A delegation as a form holds it, until it is signed. */
export class Limits {
	everything = $state(NOTHING.everything);
	attest = $state<readonly AttestName[]>(NOTHING.attest);
	deeds = $state<readonly DeedName[]>(NOTHING.deeds);
	links = $state(NOTHING.links);
	other = $state(NOTHING.other);
	/** Share of the trust that goes with it, percent. */
	factor = $state(80);
	/** 64 hex digits; empty until the realms are known. */
	realm = $state('');
	expiry = $state<ExpiryKey>('year');
	/** YYYY-MM-DD. */
	day = $state('');
	/** Somebody has tried to submit: show what is missing. */
	asked = $state(false);

	get capabilities(): string[] {
		return capabilitiesOf(this);
	}

	get wrong(): string[] {
		return this.everything ? [] : wrongLines(this.other);
	}

	get expiryWrong(): boolean {
		return expiryOf(this.expiry, this.day, Date.now()) === undefined;
	}

	/** Whether it can be signed. */
	get ready(): boolean {
		return this.capabilities.length > 0 && this.wrong.length === 0 && !this.expiryWrong && this.realm !== '';
	}

	set<T extends 'attest' | 'deeds'>(list: T, name: Limits[T][number], on: boolean): void {
		const others = (this[list] as readonly string[]).filter((known) => known !== name);
		(this[list] as readonly string[]) = on ? [...others, name] : others;
	}

	/** Begins with what an earlier delegation allows. */
	take(record: DelegationRecord): void {
		Object.assign(this, allowanceOf(record.capabilities));
		if (this.everything) this.links = record.maxDepth;
		this.factor = Math.max(1, Math.round(record.factorPpm / 10_000));
		this.realm = record.realm;
		if (record.expiresAtUs === 0n) this.expiry = 'never';
		else {
			this.expiry = 'day';
			this.day = new Date(Number(record.expiresAtUs / 1_000n)).toISOString().slice(0, 10);
		}
	}

	/** The body to sign; `ready` must hold. */
	body(delegate: string, via?: string): EventBody {
		return delegation({
			delegate: identityRef(delegate),
			factorPpm: this.factor * 10_000,
			capabilities: this.capabilities,
			expiresAtUs: expiryOf(this.expiry, this.day, Date.now()) ?? 0n,
			maxDepth: this.links,
			...(via ? { via: parseUid(via) } : {}),
		});
	}
}
