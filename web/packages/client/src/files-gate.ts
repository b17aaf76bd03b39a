/** Lets so many in at once; the others wait in their order. */
export interface Gate {
	/** Runs a task when it is its turn; one whose signal fires while it waits gives its place up. */
	run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** A gate for `most` tasks at once. */
export function gate(most: number): Gate {
	let inside = 0;
	const waiting: (() => void)[] = [];
	const enter = (signal: AbortSignal): Promise<void> => {
		signal.throwIfAborted();
		if (inside < most) {
			inside += 1;
			return Promise.resolve();
		}
		return new Promise((resolve, reject) => {
			const turn = () => {
				signal.removeEventListener('abort', leave);
				resolve();
			};
			const leave = () => {
				waiting.splice(waiting.indexOf(turn), 1);
				reject(signal.reason);
			};
			waiting.push(turn);
			signal.addEventListener('abort', leave, { once: true });
		});
	};
	return {
		async run(task, signal) {
			await enter(signal);
			try {
				return await task();
			} finally {
				const next = waiting.shift();
				// Whoever comes next takes the place over.
				if (next) next();
				else inside -= 1;
			}
		},
	};
}
