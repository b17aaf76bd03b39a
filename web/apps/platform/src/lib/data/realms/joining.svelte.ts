import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { type EndorsementOf, parseUid, realmJoined, type Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { readNote, writeNote } from './device-notes';
import {
	endorsementCode,
	fitsEndorsement,
	MAX_ENDORSEMENTS,
	readEndorsement,
	withEndorsement,
} from './endorsement';

/** Why an endorsement was not taken. */
export type EndorsementProblem = 'unreadable' | 'other' | 'own' | 'full';

/** Somebody on the way into a realm. The endorsements that have come in stay on this device until then. */
export class Joining {
	/** Realm from which the trust is carried over; empty for the parent. */
	from = $state('');
	endorsements = $state.raw<readonly EndorsementOf[]>([]);
	busy = $state(false);
	error = $state.raw<ApiError>();

	constructor(
		readonly realm: Uid,
		readonly person: Uid,
	) {
		const noted = readNote(this.#note);
		if (!Array.isArray(noted)) return;
		this.endorsements = noted
			.flatMap((code) => (typeof code === 'string' ? (readEndorsement(code) ?? []) : []))
			.filter((endorsement) => fitsEndorsement(endorsement, realm, person))
			.slice(0, MAX_ENDORSEMENTS);
	}

	get #note(): string {
		return `endorsements.${this.realm}.${this.person}`;
	}

	#keep(endorsements: readonly EndorsementOf[]): void {
		this.endorsements = endorsements;
		writeNote(this.#note, endorsements.length > 0 ? endorsements.map(endorsementCode) : undefined);
	}

	/** Takes an endorsement in; says why where it cannot. */
	add(text: string): EndorsementProblem | undefined {
		const endorsement = readEndorsement(text);
		if (!endorsement) return 'unreadable';
		if (endorsement.identity === this.person) return 'own';
		if (!fitsEndorsement(endorsement, this.realm, this.person)) return 'other';
		const together = withEndorsement(this.endorsements, endorsement);
		if (together.length > MAX_ENDORSEMENTS) return 'full';
		this.#keep(together);
		return undefined;
	}

	remove(endorser: Uid): void {
		this.#keep(this.endorsements.filter(({ identity }) => identity !== endorser));
	}

	/** Joins; true when it is in the log. */
	async submit(): Promise<boolean> {
		if (this.busy) return false;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			const from = this.from === '' ? {} : { from: parseUid(this.from) };
			await author.publish(realmJoined({ ...from, endorsements: this.endorsements }), { realm: this.realm });
			this.#keep([]);
			return true;
		} catch (reason) {
			this.error = failureOf(reason);
			return false;
		} finally {
			this.busy = false;
		}
	}
}
