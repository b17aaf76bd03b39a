/** Delays between tries: each at most twice the one before, with full jitter so that many clients spread out. */
export interface BackOff {
	/** Next delay in ms. */
	next(): number;
	/** Start small again, after a success. */
	reset(): void;
}

/** A back-off from `firstMs` to `mostMs`. */
export function backOff(firstMs: number, mostMs: number, random: () => number = Math.random): BackOff {
	let ceiling = firstMs;
	return {
		next() {
			const delay = ceiling / 2 + (random() * ceiling) / 2;
			ceiling = Math.min(ceiling * 2, mostMs);
			return delay;
		},
		reset() {
			ceiling = firstMs;
		},
	};
}

/** Waits; ends early, without an error, when the signal fires. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal?.aborted) return resolve();
		const end = () => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', end);
			resolve();
		};
		const timer = setTimeout(end, delayMs);
		signal?.addEventListener('abort', end);
	});
}
